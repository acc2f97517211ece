"""A working day of the Python library `khoros`, as it is published, against the emulated community.

The sandbox's JSON line is in CASEBRIDGE_SANDBOX. Exits with 1 when a check fails; prints how many were made.
What the day needs beforehand (five thousand old threads, a member's visit) comes by the control endpoints.
"""

import json
import os
import sys
import tempfile
import urllib.parse

import requests
from khoros import Khoros
from khoros import auth as khoros_auth
from khoros.errors import exceptions

HOST = json.loads(os.environ["CASEBRIDGE_SANDBOX"])["khoros"]
BASE = HOST["url"]
THREADS = 5000
NASTY = "It's \"quoted\" \\ back, 100% & <b>bold</b> é 😱 +plus;"

made = 0


def check(what, truth, seen=None):
    """One assertion about what came back."""
    global made
    made += 1
    if not truth:
        print(f"failed: {what}; seen: {seen!r}")
        sys.exit(1)


def same(what, seen, wanted):
    check(what, seen == wanted, (seen, wanted))


def control(path, body):
    answer = requests.post(f"{BASE}/_sandbox/{path}", json=body, timeout=60)
    check(f"control call {path}", answer.status_code == 200, answer.text[:300])
    return answer.json()


def connected(login, password):
    return Khoros(community_url=BASE, auth_type="session_auth", skip_env_variables=True,
                  session_auth={"username": login, "password": password})


def items(answer):
    same("a query succeeds", answer.get("status"), "success")
    return answer["data"]["items"]


def key(khoros):
    """The session alone: the library's own header keeps the content type of the last call."""
    return {"li-api-session-key": khoros.auth["session_key"]}


def prepare():
    """Five thousand threads on a board of their own."""
    control("world", {"boards": [{"id": "archive-room", "title": "Archive room", "style": "forum", "category": "old"}]})
    for start in range(0, THREADS, 1000):
        control("world", {"threads": [
            {"board": "archive-room", "author": "connector", "subject": f"Old question {n}", "body": f"<p>{n}</p>",
             "age": f"{100 + n} hours"} for n in range(start, start + 1000)]})


def morning(khoros):
    """Signs in, looks around."""
    check("a session key was given", len(khoros.auth["session_key"]) > 10)
    same("the header carries the key", khoros.auth["header"]["li-api-session-key"], khoros.auth["session_key"])
    same("the tenant is known", khoros.communities.get_tenant_id(), HOST["tenant_id"])
    same("the community has a title", khoros.communities.get_title(), "Sandbox")
    check("attachments are limited", khoros.communities.get_max_attachments() is not None)
    check("the version page is read", khoros.get_platform_version() is not None)
    boards = items(khoros.query("SELECT id, title, conversation_style FROM boards LIMIT 1000"))
    check("boards are listed", {"support", "archive-room"} <= {board["id"] for board in boards}, boards)
    same("a board is there", khoros.boards.board_exists("support"), True)
    same("another is not", khoros.boards.board_exists("nowhere"), False)
    same("a category is there", khoros.categories.category_exists("old"), True)
    check("nodes are counted", khoros.nodes.get_total_node_count() >= 6)
    same("a node has a type", khoros.nodes.get_type("board:support"), "board")
    check("members are counted", khoros.users.get_all_users_count() >= 2)
    same("both counts agree", int(khoros.users.get_registered_users_count()), khoros.users.get_all_users_count())
    check("somebody is online", int(khoros.users.get_online_user_count()) >= 1)
    me = khoros.users.get_user_id(login=HOST["login"])
    same("one's own id leads back", khoros.users.get_username(user_id=me), HOST["login"])
    same("an administrator has a role", khoros.users.get_roles_count(user_id=me), 1)
    check("a registration is dated", khoros.users.get_registration_timestamp(user_id=me))
    same("it is complete", khoros.users.get_registration_status(user_id=me), "fully-registered")
    return me


def paging(khoros):
    """Five thousand records by cursor, then by the library's own way of counting."""
    query = "SELECT id, subject, post_time FROM messages WHERE board.id = 'archive-room' AND depth = 0 " \
            "ORDER BY post_time ASC LIMIT 1000"
    seen, pages, cursor = [], 0, ""
    while True:
        answer = khoros.query(query + cursor)
        page = items(answer)
        same("a page says its size", answer["data"]["size"], len(page))
        seen += page
        pages += 1
        if "next_cursor" not in answer["data"]:
            break
        cursor = f" CURSOR '{answer['data']['next_cursor']}'"
    same("five pages", pages, THREADS // 1000)
    same("all records, none twice", len({item["id"] for item in seen}), THREADS)
    times = [item["post_time"] for item in seen]
    same("in order", times, sorted(times))
    same("the oldest first", seen[0]["subject"], f"Old question {THREADS - 1}")
    same("the total", int(khoros.get_total_count("messages", "board.id = 'archive-room'")), THREADS)
    same("the default page is 25", len(items(khoros.query("SELECT id FROM messages"))), 25)
    found = khoros.search(("id", "subject"), "messages", where_filter=[("board.id", "archive-room")], order_by="post_time",
                          order_desc=True, limit=3)
    same("the library's search", [item["subject"] for item in items(found)], [f"Old question {n}" for n in range(3)])


def people(khoros):
    """A member comes, is changed, writes, and leaves."""
    khoros.users.create(login="day-member", email="day+member@people.test", password="s3cret & more", first_name="Día",
                        last_name="O'Neill")
    member = khoros.users.get_user_id(login="day-member")
    same("an address is kept", khoros.users.get_email(login="day-member"), "day+member@people.test")
    kept = items(khoros.query(f"SELECT first_name, last_name FROM users WHERE id = '{member}'"))[0]
    same("names are kept", (kept["first_name"], kept["last_name"]), ("Día", "O'Neill"))
    found = khoros.perform_v1_search("users", "email", "day+member@people.test", return_json=True)
    same("v1 finds by address", str(found["users"]["user"][0]["id"]["$"]), str(member))
    khoros.roles.assign_roles_to_user("day-member", "login", roles_to_add="Beta Tester")
    roles = [role["name"] for role in khoros.roles.get_roles_for_user(member)]
    same("a role is granted", roles, ["Beta Tester"])
    return member


def writing(khoros, member):
    """Topics, replies, edits, labels, tags, kudos, solutions."""
    created = khoros.messages.create(subject="Day of the library", body=f"<p>{NASTY}</p>", node_id="support", full_response=True)
    same("a topic is created", created["status"], "success")
    topic = created["data"]["id"]
    same("its body is what was sent", created["data"]["body"], f"<p>{NASTY}</p>")
    same("its author is the session's", created["data"]["author"]["login"], HOST["login"])
    changed = khoros.messages.update(topic, subject="Day of the library, edited", body="<p>2</p>", node_id="support", full_response=True)
    same("an edit succeeds", changed["status"], "success")
    same("the revision is counted", changed["data"]["current_revision"]["revision_num"], 2)
    guest = khoros.users.impersonate_user("day-member")
    payload = {"data": {"type": "message", "body": "<p>Try this.</p>", "parent": {"id": topic}}}
    # The library's own v2.post raises by itself, so the general post is used.
    reply = khoros.post("/api/2.0/messages", payload, proxy_user_object=guest)
    same("a reply is created", reply["status"], "success")
    same("by the member", reply["data"]["author"]["login"], "day-member")
    same("under the topic", (reply["data"]["depth"], reply["data"]["topic"]["id"]), (1, topic))
    same("the thread grew", reply["data"]["conversation"]["messages_count"], 2)
    reply = reply["data"]["id"]
    same("a label is added", khoros.messages.label(topic, "escalated")["status"], "success")
    same("it shows", khoros.labels.get_labels_for_message(topic), ["escalated"])
    khoros.tags.add_single_tag_to_message("library", topic)
    khoros.messages.tag(topic, "day")
    same("tags show", sorted(khoros.tags.get_tags_for_message(topic)), ["day", "library"])
    khoros.messages.kudo(reply)
    same("kudos count", int(khoros.messages.get_kudos_for_message(reply, count_only=True)), 1)
    solved = khoros.post("/api/2.0/solutions_data", {"data": {"type": "solution_data", "message_id": reply}})
    same("a solution is accepted", solved["status"], "success")
    thread = items(khoros.query(f"SELECT id, is_solution, conversation.solved FROM messages WHERE topic.id = '{topic}' ORDER BY id"))
    same("the thread is solved", [(m["is_solution"], m["conversation"]["solved"]) for m in thread],
         [(False, True), (True, True)])
    again = khoros.post("/api/2.0/solutions_data", {"data": {"type": "solution_data", "message_id": reply}})
    same("a second one is refused", again["status"], "error")
    same("authored solutions", int(khoros.users.get_solutions_authored_count(user_id=member)), 1)
    same("replies are counted", int(khoros.users.get_messages_count(user_id=member)), 1)
    khoros.messages.define_context_id(topic, "5005e00000AbCdE")
    same("metadata is kept", khoros.messages.get_context_id(topic), "5005e00000AbCdE")
    stamped = items(khoros.query(f"SELECT context_id FROM messages WHERE id = '{topic}'"))
    same("and is a field", stamped[0]["context_id"], "5005e00000AbCdE")
    follow = khoros.subscriptions.subscribe_to_message(topic)
    same("a thread is followed", follow["status"], "success")
    khoros.messages.flag(reply)
    held = items(khoros.query(f"SELECT moderation_status FROM messages WHERE id = '{reply}'"))
    same("spam is marked", held[0]["moderation_status"], "marked_rejected")
    khoros.messages.unflag(reply)
    return topic, reply


def attaching(khoros):
    """A file, sent by the library as a form with parts."""
    with tempfile.NamedTemporaryFile("wb", suffix=".txt") as file:
        file.write(b"line\n" * 100)
        file.flush()
        made = khoros.messages.create(subject="With a file", body="<p>See the file.</p>", node_id="support",
                                      attachment_file_paths=file.name, full_response=True)
    same("a message with a file", made["status"], "success")
    files = items(khoros.query(f"SELECT filename, filesize FROM attachments WHERE message.id = '{made['data']['id']}'"))
    same("the file is listed", [(one["filename"], one["filesize"]) for one in files], [(os.path.basename(file.name), 500)])


def mail(khoros, member):
    """A private message, read by its recipient."""
    sent = khoros.v1.post("postoffice/notes/send", {
        "notes.recipient": f"/users/id/{member}", "notes.subject": "Your case", "notes.note": "<p>We are on it.</p>"})
    same("a note is sent", sent["response"]["status"], "success")
    unread = khoros.v1.get(f"users/id/{member}/mailbox/notes/inbox/unread/count")
    same("it is unread", unread["response"]["value"]["$"], 1)
    guest = connected("day-member", "s3cret & more")
    inbox = items(guest.query("SELECT id, subject, body, is_read, sender.login FROM inbox_notes LIMIT 1000"))
    same("the recipient reads it", [(n["subject"], n["is_read"], n["sender"]["login"]) for n in inbox],
         [("Your case", False, HOST["login"])])
    same("others do not", items(khoros.query("SELECT id FROM inbox_notes")), [])
    same("a guest cannot add members", guest.post("/api/2.0/users", {"data": {
        "type": "user", "login": "x", "email": "x@people.test"}})["data"]["code"], 203)


def searching(khoros, topic):
    """Full text, and the JSON form of a query."""
    found = items(khoros.query("SELECT id, subject FROM messages WHERE subject MATCHES 'library' AND depth = 0"))
    same("full text finds the topic", [item["id"] for item in found], [topic])
    asked = {"messages": {"fields": ["id", "replies.count(*)", "replies"], "constraints": [{"id": topic}],
                          "subQueries": {"replies": {"fields": ["author.login"], "limit": 1}}}}
    answer = khoros.post("/api/2.0/search", asked)
    one = items(answer)[0]
    same("a sub-query is expanded", (one["replies"]["count"], len(one["replies"]["items"])), (1, 1))


def troubles(khoros):
    """Errors come, and the day goes on."""
    bad = khoros.query("SELECT nope FROM messages")
    same("an unknown field fails the query", (bad["status"], bad["message"]), ("error", "Invalid query syntax"))
    same("so does an open quote", khoros.query("SELECT id FROM messages WHERE subject MATCHES 'it")["status"], "error")
    try:
        khoros.get_total_count("threads")
        check("an unknown collection raises", False)
    except exceptions.GETRequestError:
        check("an unknown collection raises", True)
    lost = khoros.get("/api/2.0/messages/99999999")
    same("a message that is not there", lost["status"], "error")
    try:
        connected(HOST["login"], "wrong")
        check("a wrong password raises", False)
    except exceptions.SessionAuthenticationError:
        check("a wrong password raises", True)
    none = khoros.perform_v1_search("users", "email", "nobody@people.test", return_json=True)
    same("nobody is found by a strange address", none["users"]["user"], [])
    control("faults", {"match": {"method": "GET", "path": "/search"}, "do": "reset", "times": 1})
    same("a reset connection is tried again", len(items(khoros.query("SELECT id FROM messages LIMIT 2"))), 2)
    requests.post(f"{BASE}/_sandbox/expire", timeout=60)
    dead = khoros.query("SELECT id FROM messages")
    same("a dead session is code 301", (dead["status"], dead["data"]["code"]), ("error", 301))
    khoros.auth["session_key"], khoros.auth["header"] = khoros_auth.get_session_key(khoros), None
    khoros.auth["header"] = khoros_auth.get_session_header(khoros.auth["session_key"])
    same("a new one works", len(items(khoros.query("SELECT id FROM messages LIMIT 2"))), 2)


def app(khoros):
    """The address that the library sends a person to, and what comes back."""
    redirect = "http://127.0.0.1:1/callback"
    query = urllib.parse.urlencode({"client_id": HOST["client_id"], "redirect_uri": redirect, "response_type": "code", "state": "s"})
    back = requests.get(f"{BASE}/auth/oauth2/authorize?{query}", headers=key(khoros), allow_redirects=False, timeout=60)
    same("consent is a redirect", back.status_code, 302)
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(back.headers["location"]).query)["code"][0]
    body = {"code": code, "client_id": HOST["client_id"], "client_secret": HOST["client_secret"], "redirect_uri": redirect,
            "grant_type": "authorization_code"}
    tokens = requests.post(f"{BASE}/{HOST['tenant_id']}/api/2.0/auth/accessToken", json=body,
                           headers={"client-id": HOST["client_id"]}, timeout=60).json()["data"]
    same("a token for a day", tokens["expires_in"], 86400)
    headers = {"Authorization": f"Bearer {tokens['access_token']}", "client-id": HOST["client_id"]}
    me = requests.get(f"{BASE}/{HOST['tenant_id']}/api/2.0/users/self", headers=headers, timeout=60).json()
    same("the token is the member", me["data"]["login"], HOST["login"])


def evening(khoros, member, topic):
    """Cleans up and signs out."""
    answer = requests.delete(f"{BASE}/api/2.0/messages/{topic}?delete_message.include_replies=true",
                             headers=key(khoros), timeout=60).json()
    same("a topic is deleted", answer["status"], "success")
    same("with its replies", items(khoros.query(f"SELECT id FROM messages WHERE topic.id = '{topic}'")), [])
    old = items(khoros.query("SELECT id FROM messages WHERE board.id = 'archive-room' LIMIT 1"))[0]["id"]
    same("a message is archived", khoros.archives.archive(old)["status"], "success")
    same("it says so", khoros.archives.is_archived(old), True)
    same("a member is deleted", khoros.users.delete(member).json()["status"], "success")
    gone = items(khoros.query(f"SELECT deleted FROM users WHERE id = '{member}'"))
    same("the row stays", gone[0]["deleted"], True)
    khoros.signout()
    same("signing out ends the session", khoros.query("SELECT id FROM messages")["data"]["code"], 301)


def day():
    prepare()
    khoros = connected(HOST["login"], HOST["password"])
    morning(khoros)
    paging(khoros)
    member = people(khoros)
    topic, _ = writing(khoros, member)
    attaching(khoros)
    mail(khoros, member)
    searching(khoros, topic)
    troubles(khoros)
    app(khoros)
    evening(khoros, member, topic)
    print(f"khoros: {made} checks passed")


day()
