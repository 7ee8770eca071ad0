# The peer's settings: what a new project has, less what an API without users does not need.
import os

DEBUG = False
SECRET_KEY = "of a measurement"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["rest_framework", "profiles"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PEER_DB_NAME"],
        "HOST": os.environ["PEER_DB_HOST"],
        "PORT": os.environ["PEER_DB_PORT"],
        "USER": os.environ["PEER_DB_USER"],
        "PASSWORD": os.environ["PEER_DB_PASSWORD"],
        # One connection for each worker, kept, instead of a new one for each request (the default).
        "CONN_MAX_AGE": None,
    }
}
MEDIA_ROOT = os.environ["PEER_MEDIA"]
MEDIA_URL = "/media/"
if os.environ.get("PEER_FILES") == "flushed":
    DEFAULT_FILE_STORAGE = "profiles.storage.FlushedStorage"
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 50,
}
