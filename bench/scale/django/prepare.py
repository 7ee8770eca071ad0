# Makes the tables; says the versions.
import json
import platform

import django
import psycopg2
import rest_framework
from django.core.management import call_command

django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)
print(
    json.dumps(
        {
            "Python": platform.python_version(),
            "Django": django.get_version(),
            "Django REST framework": rest_framework.VERSION,
            "psycopg2": psycopg2.__version__.split(" ")[0],
        }
    )
)
