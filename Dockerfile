# One image for the viewer, for every process of Dagster and for what shares releases; compose.yaml
# says which of them runs what.
FROM python:3.11-slim
WORKDIR /project
COPY constraints.txt pyproject.toml README.md LICENSE rnnvis.py ./
COPY configs configs
COPY pipelines pipelines
COPY rnnvis_assets rnnvis_assets
COPY viewer viewer
COPY warehouse warehouse
RUN pip install --no-cache-dir --constraint constraints.txt --editable '.[all,postgres,s3]'
# The folders of what volumes hold must be there: a volume takes over their owner.
RUN useradd --create-home rnnvis && mkdir storage fetched && chown rnnvis storage fetched
USER rnnvis
ENV RNNVIS_HOME=/project/storage
CMD ["rnnvis", "--help"]
