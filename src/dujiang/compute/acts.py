"""The acts of computing: submit, order, evaluate, answer, combine."""

from dujiang.act import HUB, NODE, Named, Nothing, Work, begin, look, moves
from dujiang.compute import evaluating, ordering
from dujiang.compute.evaluating import Evaluated
from dujiang.compute.guard import Order
from dujiang.compute.ordering import Submit
from dujiang.compute.tasks import RUN, TASK, Answered, RefusedPart, Run, Task
from dujiang.words import STAFF, Role, Saying

ACTS = (
    begin("task.submit", "Run a query under a request's permits", "按许可提交查询任务", who={Role.APPLICANT, Role.APP}, where=HUB,
          takes=Submit, step=ordering.submit),
    moves(TASK, "partial", "Take in a holder's masked figures", "接收机构的掩码结果", on=Task, who={Role.PARTY}, where=HUB,
          step=ordering.partial, takes=Answered),
    moves(TASK, "refused", "Take in a holder's refusal", "接收机构的拒绝", on=Task, who={Role.PARTY}, where=HUB, step=ordering.refused,
          takes=RefusedPart),
    moves(TASK, "combine", "Add up the holders' figures", "汇总各机构结果", on=Task, who={Role.SYSTEM}, where=HUB, step=ordering.combine,
          takes=Named),
    look("task.list", "List tasks and on whom they wait", "查看任务及其等待对象", who=STAFF | {Role.APP}, where=HUB, takes=Nothing,
         step=ordering.listed),
    begin("task.order", "Take in a task", "接收任务", who={Role.PARTY}, where=NODE, takes=Order, step=evaluating.order),
    moves(RUN, "evaluated", "Record the end of a run and answer", "记录运行结束并回传", on=Run, who={Role.SYSTEM}, where=NODE,
          step=evaluating.evaluated, takes=Evaluated),
)
WORKS = (
    Work("task.evaluate", Saying(en="Compute a task where the data is", zh="在数据所在地计算任务"), Order, evaluating.evaluate,
         "run.evaluated"),
)
LIVES = (TASK, RUN)
