from rest_framework import serializers, viewsets
from rest_framework.parsers import JSONParser, MultiPartParser

from profiles.models import Profile


class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = Profile
        fields = ["id", "name", "bio", "city", "pic", "created_at", "updated_at"]


class ProfileViewSet(viewsets.ModelViewSet):
    queryset = Profile.objects.all()
    serializer_class = ProfileSerializer
    parser_classes = [JSONParser, MultiPartParser]
