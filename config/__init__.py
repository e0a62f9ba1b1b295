"""Settings, the web server and logging: the only readers of the environment."""
