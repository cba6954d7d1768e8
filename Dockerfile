# One image for web, worker and scheduler; docker-compose.yml says which is which.
FROM python:3.11-slim-bookworm

# Pango draws the PDFs; the client of PostgreSQL makes and restores backups.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 postgresql-client \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data \
    STATIC_ROOT=/srv/static

# The number is fixed, so that the owner of a volume stays its owner in the next image.
RUN useradd --uid 10001 --create-home portal && install -d -o portal -g portal /data /data/media /backups /srv/static

WORKDIR /srv/portal
COPY requirements.txt requirements-s3.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt -r requirements-s3.txt

COPY . .
USER portal
# The key is only for this line; a portal is given its own.
RUN SECRET_KEY=for-collectstatic-only python manage.py collectstatic --no-input --verbosity 0

VOLUME /data /backups
EXPOSE 8000
CMD ["gunicorn", "-c", "python:config.gunicorn_conf", "config.wsgi"]
