"""A supernode's part: the sum and the count of ten thousand values."""

from flwr.app import Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

app = ClientApp()


@app.query()
def query(message: Message, context: Context) -> Message:
    number = int(context.node_config["partition-id"])
    values = [100.0 + (i * 7 + number) % 60 for i in range(10_000)]
    return Message(RecordDict({"m": MetricRecord({"sum": sum(values), "count": len(values)})}), reply_to=message)
