"""The Helm chart, rendered by Helm and judged by Kubernetes's schemas; no cluster is asked."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from expressions import ROOT
from programs import chart_python

from dateline import __version__
from dateline.settings import KafkaSettings, OpsSettings

CHART = ROOT / "deploy" / "helm" / "dateline"
BROKER = {"settings": {"DATELINE_KAFKA__BOOTSTRAP": "kafka:9092"}}
EVERYTHING = {
    **BROKER,
    "image": {"repository": "news/dateline", "tag": "1", "pullSecrets": ["pull"]},
    "existingSecret": "dateline",
    "services": {"enricher": {"replicas": 3, "settings": {"DATELINE_ENRICHER__WORKERS": "4"}}},
    "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "networkPolicy": {"from": [{"namespaceSelector": {"matchLabels": {"name": "monitoring"}}}]},
    "tolerations": [{"key": "news", "operator": "Exists"}],
}
LEAST = {**BROKER, "topics": {"apply": False}, "networkPolicy": {"enabled": False}, "nodeSelector": {"kubernetes.io/arch": "amd64"}}


def render(*sets):
    """What Helm makes of each set of values."""
    command = [chart_python(), Path(__file__).with_name("render.py"), CHART]
    done = subprocess.run(command, input=json.dumps(sets), capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def of_kind(documents, kind):
    return [document for document in documents if document["kind"] == kind]


def test_chart_and_image_are_of_one_version():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["version"] == chart["appVersion"] == __version__


@pytest.mark.foreign
def test_whatever_is_wished_for_becomes_objects_that_kubernetes_accepts():
    plain, everything, least = render(BROKER, EVERYTHING, LEAST)
    for said in (plain, everything, least):
        assert (said["refused"], said["problems"]) == (None, [])
    assert {document["kind"] for document in least["documents"]} == {"Deployment", "PodDisruptionBudget", "Service"}
    assert {document["kind"] for document in plain["documents"]} == {"Deployment", "PodDisruptionBudget", "Service", "NetworkPolicy", "Job"}
    assert of_kind(everything["documents"], "ServiceMonitor")


@pytest.mark.foreign
def test_each_service_has_pods_of_its_own_that_are_not_root_and_have_longer_to_stop_than_they_take():
    (said,) = render(EVERYTHING)
    deployments = of_kind(said["documents"], "Deployment")
    assert [deployment["metadata"]["name"] for deployment in deployments] == ["demo-enricher", "demo-poller", "demo-sink"]
    for deployment in deployments:
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert container["args"] == ["run", deployment["metadata"]["name"].removeprefix("demo-")]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["terminationGracePeriodSeconds"] > 15
        assert container["ports"][0]["containerPort"] == OpsSettings().port
    enricher = deployments[0]["spec"]["template"]["spec"]["containers"][0]
    environment = {variable["name"]: variable["value"] for variable in enricher["env"]}
    assert environment["DATELINE_ENRICHER__WORKERS"] == "4"
    assert environment["DATELINE_KAFKA__BOOTSTRAP"] == "kafka:9092"
    (service,) = of_kind(said["documents"], "Service")
    assert environment["DATELINE_OPS__PEERS"] == f"http://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}"
    assert deployments[0]["spec"]["replicas"] == 3


@pytest.mark.foreign
@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({}, "/settings/DATELINE_KAFKA__BOOTSTRAP"),
        ({**BROKER, "services": {"sink": {"replicas": "two"}}}, "/services/sink/replicas"),
        ({**BROKER, "services": {"writer": {"replicas": 1}}}, "/services"),
        ({**BROKER, "replicas": 2}, "replicas"),
        ({"settings": {**BROKER["settings"], "DATELINE_LOG__LEVEL": 1}}, "/settings/DATELINE_LOG__LEVEL"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_place(values, where):
    (said,) = render(values)
    assert said["refused"] is not None
    assert where in said["refused"]


def test_settings_in_the_values_are_settings():
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    named = set(values["settings"]).union(*(service["settings"] for service in values["services"].values()))
    kafka = {f"DATELINE_KAFKA__{name.upper()}" for name in KafkaSettings.model_fields}
    assert named <= kafka | {"DATELINE_ENRICHER__WORKERS"}
    assert set(values["services"]) == {"poller", "enricher", "sink"}
    assert re.fullmatch(r"\d+", values["settings"]["DATELINE_KAFKA__FEEDS_PARTITIONS"])
