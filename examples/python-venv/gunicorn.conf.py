"""Settings that gunicorn finds by itself: there is no shell in the image to put `$PORT` into a command line."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
