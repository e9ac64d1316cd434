"""AWS::SNS: Topic, Subscription, TopicPolicy."""

from __future__ import annotations

import json
from typing import Any

from sandbox.services.cloudformation.resources.base import (
    Context,
    Made,
    Properties,
    ResourceType,
    tag_difference,
    tag_list,
    tag_map,
)
from sandbox.services.cloudformation.shapes import BOOLEAN, JSON, TAGS, TEXT, ListOf, record
from sandbox.services.cloudformation.stack import Resource

_SETTABLE = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig")


class Topic(ResourceType):
    """A topic with its subscriptions."""

    name = "AWS::SNS::Topic"
    shape = record(
        DisplayName=TEXT,
        KmsMasterKeyId=TEXT,
        SignatureVersion=TEXT,
        Subscription=ListOf(record("Endpoint Protocol", Endpoint=TEXT, Protocol=TEXT)),
        Tags=TAGS,
        TopicName=TEXT,
        TracingConfig=TEXT,
    )
    replaced_by = frozenset({"TopicName"})
    attributes = frozenset({"TopicArn", "TopicName"})
    ref_is_arn = True

    def create(self, context: Context, properties: Properties) -> Made:
        name = properties.get("TopicName") or context.name(256)
        sns = context.client("sns")
        arn = sns.create_topic(
            Name=name,
            Attributes={key: properties[key] for key in _SETTABLE if key in properties},
            Tags=tag_list(tag_map(properties)),
        )["TopicArn"]
        context.begun = arn
        for wanted in properties.get("Subscription", []):
            sns.subscribe(TopicArn=arn, **wanted)
        return Made(arn, {"TopicArn": arn, "TopicName": name})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        sns = context.client("sns")
        for key in _SETTABLE:
            if properties.get(key) != resource.properties.get(key):
                sns.set_topic_attributes(
                    TopicArn=resource.physical_id,
                    AttributeName=key,
                    AttributeValue=properties.get(key, ""),
                )
        now, had = properties.get("Subscription", []), resource.properties.get("Subscription", [])
        for wanted in now:
            if wanted not in had:
                sns.subscribe(TopicArn=resource.physical_id, **wanted)
        listed = sns.list_subscriptions_by_topic(TopicArn=resource.physical_id)["Subscriptions"]
        for subscription in listed:
            pair = {key: subscription[key] for key in ("Endpoint", "Protocol")}
            if pair in had and pair not in now:
                sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        gone, put = tag_difference(resource.properties, properties)
        if gone:
            sns.untag_resource(ResourceArn=resource.physical_id, TagKeys=gone)
        if put:
            sns.tag_resource(ResourceArn=resource.physical_id, Tags=tag_list(put))

    def delete(self, context: Context, resource: Resource) -> None:
        sns = context.client("sns")
        # Deleting a topic deletes its subscriptions; moto leaves them behind.
        listed = sns.list_subscriptions_by_topic(TopicArn=resource.physical_id)["Subscriptions"]
        for subscription in listed:
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        sns.delete_topic(TopicArn=resource.physical_id)


class Subscription(ResourceType):
    """A subscription to a topic."""

    name = "AWS::SNS::Subscription"
    shape = record(
        "Protocol TopicArn",
        DeliveryPolicy=JSON,
        Endpoint=TEXT,
        FilterPolicy=JSON,
        FilterPolicyScope=TEXT,
        Protocol=TEXT,
        RawMessageDelivery=BOOLEAN,
        RedrivePolicy=JSON,
        TopicArn=TEXT,
    )
    replaced_by = frozenset({"Endpoint", "Protocol", "TopicArn"})
    attributes = frozenset({"Arn"})
    ref_is_arn = True

    def create(self, context: Context, properties: Properties) -> Made:
        arn = context.client("sns").subscribe(
            TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"],
            Endpoint=properties.get("Endpoint", ""),
            Attributes=self._attributes(properties),
            ReturnSubscriptionArn=True,
        )["SubscriptionArn"]
        return Made(arn, {"Arn": arn})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        now, had = self._attributes(properties), self._attributes(resource.properties)
        for key in sorted(now.keys() | had.keys()):
            if now.get(key) != had.get(key):
                undone = "false" if key == "RawMessageDelivery" else "{}"
                context.client("sns").set_subscription_attributes(
                    SubscriptionArn=resource.physical_id,
                    AttributeName=key,
                    AttributeValue=now.get(key, undone),
                )

    def delete(self, context: Context, resource: Resource) -> None:
        context.client("sns").unsubscribe(SubscriptionArn=resource.physical_id)

    def _attributes(self, properties: Properties) -> dict[str, str]:
        own = {key: properties[key] for key in properties.keys() - self.replaced_by}
        return {key: _attribute(own[key]) for key in sorted(own)}


class TopicPolicy(ResourceType):
    """A policy that several topics may have."""

    name = "AWS::SNS::TopicPolicy"
    shape = record("PolicyDocument Topics", PolicyDocument=JSON, Topics=ListOf(TEXT))
    attributes = frozenset({"Id"})

    def create(self, context: Context, properties: Properties) -> Made:
        self._put(context, properties["Topics"], properties)
        name = context.name()
        return Made(name, {"Id": name})

    def update(self, context: Context, resource: Resource, properties: Properties) -> None:
        same = properties["PolicyDocument"] == resource.properties["PolicyDocument"]
        done = resource.properties["Topics"] if same else []
        left = [topic for topic in properties["Topics"] if topic not in done]
        self._put(context, left, properties)

    def delete(self, context: Context, resource: Resource) -> None:
        """Leave the last policy until the topic goes, which cannot be without one."""

    def _put(self, context: Context, topics: list[str], properties: Properties) -> None:
        for topic in topics:
            context.client("sns").set_topic_attributes(
                TopicArn=topic,
                AttributeName="Policy",
                AttributeValue=json.dumps(properties["PolicyDocument"]),
            )


def _attribute(value: Any) -> str:
    """SNS attributes are text; objects and booleans are their JSON."""
    return value if isinstance(value, str) else json.dumps(value)
