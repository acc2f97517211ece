"""A working day of aiosfstream-ng: CometD over plain HTTP.

Its token URL is a constant of the module, so a subclass of its own authenticator names the sandbox's; the library itself
is as its authors made it. Records and events are written over REST with the session that the library got.
"""

import asyncio
import contextlib
import functools

import aiohttp
from aiosfstream_ng import Client, PasswordAuthenticator, ReplayOption
from aiosfstream_ng.exceptions import AuthenticationError, ServerError
from aiosfstream_ng.replay import ReplayMarker

from checks import LINE, Day

ORG = LINE["salesforce"]
NAMED = ORG["url"].replace("127.0.0.1", "localhost")
EVENT = "/event/Case_Event__e"
CHANGES = "/data/CaseChangeEvent"
NASTY = "O'Neil \"q\" \\ back <b>&amp; 100%_\n🚒 ü \u0000"
DAY = Day("aiosfstream-ng", ORG)
check, equal = DAY.check, DAY.equal


class Login(PasswordAuthenticator):
    """Signs in at the sandbox, by its address or by its name."""

    at = ORG["url"]

    @property
    def _token_url(self):
        return f"{self.at}/services/oauth2/token"


class NamedLogin(Login):
    at = NAMED


def client(login=Login, password=ORG["password"] + ORG["security_token"], **more):
    return Client(login(ORG["client_id"], ORG["client_secret"], ORG["username"], password), **more)


def part(function):
    """A part of the day in a loop of its own."""
    async def quietly():
        # The library asks a poll for its result that it broke off itself when it closed.
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: broke_off(context) or loop.default_exception_handler(context))
        await asyncio.wait_for(function(), 60)

    @functools.wraps(function)
    def run():
        asyncio.run(quietly())
    return DAY.part(run)


def broke_off(context):
    return isinstance(context.get("exception"), asyncio.CancelledError)


async def rest(listener, method, path, body=None, status=(200, 201, 204), **headers):
    """A call to the REST API with the listener's session."""
    headers["Authorization"] = f"Bearer {listener.auth.access_token}"
    async with aiohttp.ClientSession() as session:
        url = f"{listener.auth.instance_url}/services/data/v65.0/{path}"
        async with session.request(method, url, json=body, headers=headers) as answer:
            text = await answer.text()
            check(f"{method} {path}", answer.status in status, f"{answer.status} {text[:300]}")
            return await answer.json() if text else None


async def publish(listener, *bodies):
    for body in bodies:
        answer = await rest(listener, "POST", "sobjects/Case_Event__e", {"Body__c": body})
        equal("an event is taken", answer["success"], True)
        equal("and queued", answer["errors"][0]["statusCode"], "OPERATION_ENQUEUED")


async def hear(listener, count):
    """The next so many messages."""
    return [await asyncio.wait_for(listener.receive(), 10) for _ in range(count)]


async def silent(what, listener):
    await asyncio.sleep(0.5)
    equal(f"{what}: nothing more to hear", listener.pending_count, 0)


def bodies(messages):
    return [message["data"]["payload"]["Body__c"] for message in messages]


def replay_id(message):
    return message["data"]["event"]["replayId"]


def by_type(messages):
    return [message["data"]["payload"]["ChangeEventHeader"]["changeType"] for message in messages]


@part
async def a_wrong_password_does_not_open():
    try:
        await client(password="wrong").open()
        check("a wrong password", False, "opened")
    except AuthenticationError as error:
        check("a wrong password is told", "invalid_grant" in str(error) or "authentication" in str(error), str(error))


@part
async def platform_events_arrive_as_they_were_published():
    async with client() as listener:
        await listener.subscribe(EVENT)
        equal("subscribed", listener.subscriptions, {EVENT})
        equal("over long polling", listener.connection_type.value, "long-polling")
        body = {"Body__c": NASTY, "Count__c": 7, "Published__c": True, "Happened__c": "2026-01-31T12:34:56Z"}
        await rest(listener, "POST", "sobjects/Case_Event__e", body)
        await publish(listener, "second")
        first, second = await hear(listener, 2)
        payload = first["data"]["payload"]
        equal("text", payload["Body__c"], NASTY)
        equal("number", payload["Count__c"], 7)
        equal("boolean", payload["Published__c"], True)
        equal("moment", payload["Happened__c"], "2026-01-31T12:34:56.000Z")
        equal("a field that nobody set", payload["Status__c"], None)
        check("who made it", payload["CreatedById"].startswith("005"), payload)
        check("when", payload["CreatedDate"].endswith("Z"), payload)
        check("its schema", isinstance(first["data"]["schema"], str), first)
        check("ids rise", replay_id(second) > replay_id(first), (first, second))
        equal("channel", first["channel"], EVENT)
        await rest(listener, "POST", "sobjects/Case_Event__e", {"Colour__c": "red"}, status=(400,))
        await listener.unsubscribe(EVENT)
        await publish(listener, "unheard")
        await silent("after unsubscribing", listener)


@part
async def replay_begins_at_the_beginning():
    async with client(replay=ReplayOption.ALL_EVENTS) as listener:
        await listener.subscribe(EVENT)
        equal("everything so far", bodies(await hear(listener, 3)), [NASTY, "second", "unheard"])
        await silent("after the last one", listener)


@part
async def replay_begins_with_what_is_new():
    async with client(replay=ReplayOption.NEW_EVENTS) as listener:
        await listener.subscribe(EVENT)
        await silent("nothing old", listener)
        await publish(listener, "new")
        equal("only what is new", bodies(await hear(listener, 1)), ["new"])


@part
async def replay_goes_on_where_the_client_stopped():
    stored = {}
    async with client(replay=stored) as listener:
        await listener.subscribe(EVENT)
        await publish(listener, "a", "b", "c")
        equal("the first one", bodies(await hear(listener, 1)), ["a"])
    check("its id is stored", EVENT in stored, stored)
    async with client(NamedLogin, replay=stored) as listener:
        await listener.subscribe(EVENT)
        equal("the rest", bodies(await hear(listener, 2)), ["b", "c"])
        await silent("after the rest", listener)


@part
async def an_id_that_is_not_kept_is_refused_or_replaced():
    async with client(replay={EVENT: ReplayMarker("2026-01-01", 10**9)}) as listener:
        try:
            await listener.subscribe(EVENT)
            check("an unknown id", False, "taken")
        except ServerError as error:
            equal("code", error.error_code, 400)
            check("words", "The replayId {1000000000} you provided was invalid." in error.error, error.error)
    stored = {EVENT: ReplayMarker("2026-01-01", 10**9)}
    async with client(replay=stored, replay_fallback=ReplayOption.ALL_EVENTS) as listener:
        await listener.subscribe(EVENT)
        equal("the fallback is everything", bodies(await hear(listener, 2)), [NASTY, "second"])


@part
async def change_events_follow_a_case():
    async with client() as listener:
        await listener.subscribe(CHANGES)
        await listener.subscribe("/data/ChangeEvents")
        mine = {"Sforce-Call-Options": "client=my-connector"}
        case = await rest(listener, "POST", "sobjects/Case", {"Subject": NASTY[:-1], "Reason": "Other"}, **mine)
        path = f"sobjects/Case/{case['id']}"
        edit = {"id": case["id"], "fields": {"Status": "Working", "Reason": None}, "by": "kai@acme.test"}
        DAY.control("world", {"cases": [edit]})
        await rest(listener, "DELETE", path)
        DAY.control("world", {"cases": [{"id": case["id"], "undeleted": True}]})
        messages = await hear(listener, 8)
        own = [message for message in messages if message["channel"] == CHANGES]
        equal("what happened", by_type(own), ["CREATE", "UPDATE", "DELETE", "UNDELETE"])
        equal("the same on the channel of all", len(messages) - len(own), 4)
        made, changed, gone, back = [message["data"]["payload"] for message in own]
        equal("whose doing", made["ChangeEventHeader"]["changeOrigin"], "com/salesforce/api/rest/65.0;client=my-connector")
        equal("which record", made["ChangeEventHeader"]["recordIds"], [case["id"]])
        equal("which object", made["ChangeEventHeader"]["entityName"], "Case")
        equal("text", made["Subject"], NASTY[:-1])
        check("no system fields", not {"Id", "IsDeleted", "SystemModstamp"} & set(made), list(made))
        check("changed fields", {"Status", "Reason"} <= set(changed["ChangeEventHeader"]["changedFields"]), changed)
        equal("emptied fields", changed["ChangeEventHeader"]["nulledFields"], ["Reason"])
        equal("the new value", changed["Status"], "Working")
        check("nothing else", "Subject" not in changed, changed)
        check("another's doing", "my-connector" not in changed["ChangeEventHeader"]["changeOrigin"], changed)
        equal("a deleted record has no fields", list(gone), ["ChangeEventHeader"])
        equal("a record that is back has all", back["Subject"], NASTY[:-1])
        ids = [replay_id(message) for message in own]
        equal("in order", ids, sorted(ids))
        keys = {message["data"]["payload"]["ChangeEventHeader"]["transactionKey"] for message in own}
        equal("four transactions", len(keys), 4)


@part
async def a_push_topic_hears_what_its_query_finds():
    async with client() as listener:
        query = "SELECT Id, CaseNumber, Subject, Priority FROM Case WHERE Priority = 'High'"
        topic = {"Name": "HighCases", "Query": query, "ApiVersion": 65.0, "NotifyForFields": "Referenced"}
        made = await rest(listener, "POST", "sobjects/PushTopic", topic)
        channel = "/topic/HighCases"
        await listener.subscribe(channel)
        await rest(listener, "POST", "sobjects/Case", {"Subject": "low", "Priority": "Low"})
        case = await rest(listener, "POST", "sobjects/Case", {"Subject": "high", "Priority": "High"})
        path = f"sobjects/Case/{case['id']}"
        await rest(listener, "PATCH", path, {"Origin": "Web"})
        await rest(listener, "PATCH", path, {"Subject": "higher"})
        await rest(listener, "DELETE", path)
        messages = await hear(listener, 3)
        kinds = [message["data"]["event"]["type"] for message in messages]
        equal("what happened", kinds, ["created", "updated", "deleted"])
        first = messages[0]["data"]["sobject"]
        equal("the fields of the query", sorted(first), ["CaseNumber", "Id", "Priority", "Subject"])
        equal("as they are", (first["Id"], first["Subject"]), (case["id"], "high"))
        equal("a deleted record", messages[2]["data"]["sobject"], {"Id": case["id"]})
        await silent("what is not referenced", listener)
        await rest(listener, "PATCH", f"sobjects/PushTopic/{made['id']}", {"IsActive": False})
        await rest(listener, "POST", "sobjects/Case", {"Subject": "high", "Priority": "High"})
        await silent("a sleeping topic", listener)
        await rest(listener, "POST", "sobjects/PushTopic", {**topic, "Name": "Bad", "Query": "SELECT Nope FROM Case"},
                   status=(400,))


@part
async def a_channel_that_is_not_there_is_refused():
    async with client() as listener:
        for channel in ["/topic/Nothing", "/event/Nothing__e", "/data/CaseCommentChangeEvent", "/data/*"]:
            try:
                await listener.subscribe(channel)
                check(channel, False, "taken")
            except ServerError as error:
                check(channel, f"does not exist {{{channel}}}" in error.error, error.error)


@part
async def an_ended_session_is_renewed_without_a_loss():
    stored = {}
    async with client(replay=stored) as listener:
        await listener.subscribe(EVENT)
        await publish(listener, "before")
        equal("before", bodies(await hear(listener, 1)), ["before"])
        token = listener.auth.access_token
        DAY.control("expire", {})
        await rest(listener, "GET", "limits", status=(200, 401))
        for _ in range(50):
            if listener.auth.access_token != token:
                break
            await asyncio.sleep(0.1)
        check("the library signed in again", listener.auth.access_token != token)
        await publish(listener, "after")
        equal("after", bodies(await hear(listener, 1)), ["after"])
        DAY.control("expire", {})
        await listener.unsubscribe(EVENT)
        await listener.subscribe(EVENT)
        await publish(listener, "again")
        equal("again", bodies(await hear(listener, 1)), ["again"])


@part
async def a_client_that_the_org_forgot_begins_again_with_its_stored_id():
    stored = {}
    async with client(replay=stored) as listener:
        await listener.subscribe(EVENT)
        await publish(listener, "known")
        await hear(listener, 1)
        # What the org does after 40 seconds of silence, at once: the client is gone while it waits.
        before = listener._transport.client_id
        goodbye = [{"channel": "/meta/disconnect", "clientId": before, "id": "x"}]
        headers = {"Authorization": f"Bearer {listener.auth.access_token}"}
        async with aiohttp.ClientSession() as session:
            async with session.post(listener.url, json=goodbye, headers=headers) as answer:
                check("goodbye", (await answer.json())[0]["successful"])
        await publish(listener, "meanwhile", "later")
        equal("nothing is lost", bodies(await hear(listener, 2)), ["meanwhile", "later"])
        check("as a new client", listener._transport.client_id != before)


@part
async def a_poll_ends_after_110_seconds_and_the_next_one_follows():
    async with client() as listener:
        await listener.subscribe(EVENT)
        await asyncio.sleep(0.3)
        for _ in range(3):
            DAY.control("clock", {"advance": "111 seconds"})
            await asyncio.sleep(0.3)
        await publish(listener, "still here")
        equal("still here", bodies(await hear(listener, 1)), ["still here"])


@part
async def many_events_come_in_order():
    async with client(max_pending_count=0) as listener:
        await listener.subscribe(CHANGES)
        for start in range(0, 600, 200):
            records = [{"attributes": {"type": "Case"}, "Subject": f"number {n}"} for n in range(start, start + 200)]
            await rest(listener, "POST", "composite/sobjects", {"allOrNone": True, "records": records})
        messages = await hear(listener, 600)
        subjects = [message["data"]["payload"]["Subject"] for message in messages]
        equal("all of them", subjects == [f"number {n}" for n in range(600)], True)
        numbers = [message["data"]["payload"]["ChangeEventHeader"]["sequenceNumber"] for message in messages]
        equal("numbered by transaction", numbers, list(range(1, 201)) * 3)


@part
async def after_three_days_events_are_gone():
    stored = {}
    async with client(replay=stored) as listener:
        await listener.subscribe(EVENT)
        await publish(listener, "old")
        await hear(listener, 1)
    DAY.control("clock", {"advance": "73 hours"})
    async with client(replay=dict(stored)) as listener:
        with contextlib.suppress(ServerError):
            await listener.subscribe(EVENT)
            check("an old id", False, "taken")
    async with client(replay=stored, replay_fallback=ReplayOption.ALL_EVENTS) as listener:
        await listener.subscribe(EVENT)
        await silent("nothing is kept", listener)
        await publish(listener, "fresh")
        equal("fresh", bodies(await hear(listener, 1)), ["fresh"])


DAY.end()
