"""Deploys template.yaml to a server that stands in for AWS, and follows a recording from the bucket to the queue.

Run by script/check-aws. Finds the server's address in WATCHME_TEST_SQS_URL.
"""

import json
import os
import pathlib
import subprocess
import sys
from urllib.parse import unquote_plus

import boto3
from cfnlint.decode import decode

HERE = pathlib.Path(__file__).parent
KEY = "files/test_device_001/2025-07-20/12-00/a b.wav"

os.environ.update(
    AWS_ENDPOINT_URL=os.environ["WATCHME_TEST_SQS_URL"],
    AWS_ACCESS_KEY_ID="test",
    AWS_SECRET_ACCESS_KEY="test",
    AWS_DEFAULT_REGION="us-east-1",
)
cloudformation, s3, sqs, events = (boto3.client(name) for name in ("cloudformation", "s3", "sqs", "events"))


def deploy(name, **parameters):
    """The outputs of a new stack."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    template = (HERE / "template.yaml").read_text()
    cloudformation.create_stack(
        StackName=name, TemplateBody=template, Parameters=given, Capabilities=["CAPABILITY_IAM"]
    )
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE", stack
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def receive(url):
    return sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0).get("Messages", [])


def announced(url):
    """The keys in the next message that is about recordings."""
    messages = receive(url)
    assert messages, f"nothing in {url}"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=messages[0]["ReceiptHandle"])
    body = json.loads(messages[0]["Body"])
    if body.get("Event") == "s3:TestEvent":
        return announced(url)
    return [unquote_plus(record["s3"]["object"]["key"]) for record in body["Records"]]


def announce_bucket(*arguments):
    subprocess.run([sys.executable, HERE / "announce-bucket", *arguments], check=True, stdout=subprocess.DEVNULL)


def a_new_bucket_is_made():
    # Without its notification and its access block, which this server does not set for a stack.
    deploy("new", Bucket="new", BucketName="new-bucket", QueueName="new")
    s3.head_bucket(Bucket="new-bucket")


def what_is_received_too_often_is_put_aside():
    url = sqs.get_queue_url(QueueName="new")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])["Attributes"]
    redrive = json.loads(attributes["RedrivePolicy"])
    assert redrive["deadLetterTargetArn"].endswith(":new-dead"), redrive
    assert int(redrive["maxReceiveCount"]) == 10, redrive


def only_our_bucket_of_our_account_may_send():
    # Read from the template: this server does not set the policies of queues for a stack.
    template, problems = decode(str(HERE / "template.yaml"))
    assert not problems, problems
    statements = template["Resources"]["QueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    bucket, rule, in_the_clear = statements
    assert bucket["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:s3:::${BucketName}"}},
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
    }, bucket
    condition, rule, nothing = rule["Fn::If"]
    assert condition == "UsesEventBridge" and nothing == {"Ref": "AWS::NoValue"}, condition
    assert rule["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}}}, rule
    assert [one["Effect"] for one in statements if "Effect" in one] == ["Allow", "Deny"], statements
    assert in_the_clear["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, in_the_clear


def an_existing_bucket_announces_its_recordings_and_keeps_its_notifications():
    s3.create_bucket(Bucket="old-bucket")
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    other_arn = sqs.get_queue_attributes(QueueUrl=other, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    theirs = {"Id": "theirs", "QueueArn": other_arn, "Events": ["s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="old-bucket", NotificationConfiguration={"QueueConfigurations": [theirs]}
    )
    stack = deploy("old", Bucket="existing", BucketName="old-bucket", QueueName="old")
    for _ in range(2):
        announce_bucket("old-bucket", stack["QueueArn"])
    found = s3.get_bucket_notification_configuration(Bucket="old-bucket")["QueueConfigurations"]
    assert sorted(one["Id"] for one in found) == ["theirs", "watchme-transcriber"], found
    for key in ("files/notes.txt", "raw/a.wav", KEY):
        s3.put_object(Bucket="old-bucket", Key=key, Body=b"")
    assert announced(stack["QueueUrl"]) == [KEY]
    assert receive(stack["QueueUrl"]) == []


def an_existing_bucket_can_announce_through_eventbridge():
    s3.create_bucket(Bucket="busy-bucket")
    stack = deploy("busy", Bucket="existing-eventbridge", BucketName="busy-bucket", QueueName="busy")
    announce_bucket("busy-bucket", "eventbridge")
    s3.put_object(Bucket="busy-bucket", Key=KEY, Body=b"")
    event = json.loads(receive(stack["QueueUrl"])[0]["Body"])
    assert (event["detail-type"], event["detail"]["object"]["key"]) == ("Object Created", KEY), event


for check in (
    a_new_bucket_is_made,
    what_is_received_too_often_is_put_aside,
    only_our_bucket_of_our_account_may_send,
    an_existing_bucket_announces_its_recordings_and_keeps_its_notifications,
    an_existing_bucket_can_announce_through_eventbridge,
):
    check()
    print(f"    {check.__name__.replace('_', ' ')}")
