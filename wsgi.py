"""The WSGI entry point: ``gunicorn wsgi:app``."""

from config.settings import Settings
from marketplace.app import create_app
from marketplace.observing import configure_logging

settings = Settings.from_env()
configure_logging(settings.log_level)
app = create_app(settings)
