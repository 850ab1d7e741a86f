# Runs any of the centre's processes: `docker compose up --build`.
FROM python:3.11-slim
WORKDIR /srv/ioc
COPY requirements/run.txt requirements/run.txt
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY . .
RUN pip install --no-cache-dir --no-deps --editable . \
 && useradd --system --home-dir /var/lib/ioc --create-home ioc
USER ioc
ENTRYPOINT ["ioc"]
