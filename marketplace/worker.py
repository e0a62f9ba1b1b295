"""The job worker: ``python -m marketplace.worker`` runs jobs until it is told to stop."""

from sqlalchemy.engine import make_url

from config.settings import Settings
from marketplace import jobs
from marketplace.app import create_app
from marketplace.observing import configure_logging


def main() -> None:
    """Run jobs with the application's settings."""
    settings = Settings.from_env()
    configure_logging(settings.log_level)
    app = create_app(settings)
    url = make_url(settings.database_url).set(drivername="postgresql")
    jobs.work(app, url.render_as_string(hide_password=False))


if __name__ == "__main__":
    main()
