"""Names the packages of the wheel: the two of the product, and `config/`, which travels as `lms_bridge/_config`.

Everything else stands in pyproject.toml. Setuptools cannot say there "the packages found, and one more whose folder
has another name", so this file does.
"""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["lms_bridge", "lms_bridge.*", "reports", "reports.*"]),
        "lms_bridge._config",
    ],
    package_dir={"lms_bridge._config": "config"},
)
