from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve
from rest_framework.routers import DefaultRouter

from profiles.views import ProfileViewSet

router = DefaultRouter()
router.register("profiles", ProfileViewSet)

urlpatterns = [
    path("api/v1/", include(router.urls)),
    # For reading back what was stored; in production a web server does this.
    re_path(r"^media/(?P<path>.*)$", serve, {"document_root": settings.MEDIA_ROOT}),
]
