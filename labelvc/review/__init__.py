"""The review page: the report of a change in a browser, and what a reviewer decides there."""
