"""Micro-credentials: certificates, confirmations and badges as awards."""
