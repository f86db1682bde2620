from tests.web.xapi.lrs import *
def test_x(moodle):
    a=statement()
    assert moodle.post(a)==[a["id"]]
    assert moodle.ids()==[a["id"]]
