"""The desk's page: its service in the app, its small HTTP API, and the files a browser loads."""
