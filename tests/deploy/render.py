"""Render the chart with Helm and judge what comes out; run by the Python that has Helm and kubernetes-validate.

render.py CHART < sets of values as a JSON list        prints a JSON list, for each set what was rendered or why it was refused
"""

from __future__ import annotations

import json
import sys

import helm_python
import kubernetes_validate
import yaml

# What is no part of Kubernetes itself; there is no schema for it.
FOREIGN = ("ServiceMonitor",)


def rendered(chart, values):
    """Documents and what is wrong with each, or Helm's reason to refuse the values."""
    try:
        files = chart.render(values, name="demo", namespace="news")
    except helm_python.HelmError as error:
        return {"refused": str(error), "documents": [], "problems": []}
    documents = [document for name, text in files.items() if name.endswith(".yaml") for document in yaml.safe_load_all(text) if document]
    return {"refused": None, "documents": documents, "problems": [problem for document in documents for problem in problems(document)]}


def problems(document):
    if document["kind"] in FOREIGN:
        return []
    try:
        kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
    except kubernetes_validate.ValidationError as error:
        return [f"{document['kind']} {document['metadata']['name']}: {error.message}"]
    return []


with helm_python.Chart.load(sys.argv[1]) as chart:
    json.dump([rendered(chart, values) for values in json.load(sys.stdin)], sys.stdout)
