"""A working day of simple-salesforce, over TLS.

It writes `https://login.salesforce.com` into its code, so an adapter of `requests` sends that host to the sandbox, as a
name server would; the library itself is as its authors made it.
"""

import base64
import datetime
import hashlib
import json
import os
import pathlib
from urllib.parse import parse_qs, quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce, SalesforceLogin, format_soql
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceGeneralError,
    SalesforceMalformedRequest,
    SalesforceMoreThanOneRecord,
    SalesforceRefusedRequest,
    SalesforceResourceNotFound,
)

from checks import LINE, Day

ORG = LINE["salesforce"]
SECURE = ORG["url"].replace("http://", "https://")
HOST = urlsplit(ORG["url"]).netloc
DAY = Day("simple-salesforce", ORG)
KEY = "Community_Thread_Key__c"
NASTY = "O'Neil \"q\" \\ back <b>&amp; 100%_\n🚒 ü"
check, equal, raises, part = DAY.check, DAY.equal, DAY.raises, DAY.part


class ToTheSandbox(HTTPAdapter):
    """Sends what is meant for Salesforce's login hosts to the sandbox."""

    def send(self, request, **more):
        parts = urlsplit(request.url)
        if parts.hostname.endswith(".salesforce.com"):
            request.url = parts._replace(netloc=HOST).geturl()
        return super().send(request, **more)


def session():
    made = requests.Session()
    # Else the environment's own list of certificates would stand before this one.
    made.trust_env = False
    made.verify = os.environ["CASEBRIDGE_SANDBOX_CA"]
    made.mount("https://", ToTheSandbox())
    return made


def by_password(**more):
    return Salesforce(username=ORG["username"], password=ORG["password"], security_token=ORG["security_token"],
                      session=session(), **more)


SF = by_password()


@part
def log_in_by_soap():
    check("the token has the shape of Salesforce's", SF.session_id.startswith("00D") and SF.session_id[15] == "!",
          SF.session_id)
    equal("the host is the one that serverUrl names", SF.sf_instance, HOST)
    wrong = raises("a wrong password", SalesforceAuthenticationFailed, lambda: SalesforceLogin(
        username=ORG["username"], password="wrong", security_token="x", session=session()))
    equal("the code", wrong.code, "INVALID_LOGIN")
    check("the words", "security token" in wrong.auth_message if hasattr(wrong, "auth_message") else "security token" in str(wrong), str(wrong))
    untrusted = raises("no token", SalesforceAuthenticationFailed, lambda: Salesforce(
        username=ORG["username"], password=ORG["password"], organizationId="00D000000000001", session=session()))
    equal("the code without a token", untrusted.code, "LOGIN_MUST_USE_SECURITY_TOKEN")
    DAY.control("switches", {"trusted_network": True})
    trusted = Salesforce(username=ORG["username"], password=ORG["password"], organizationId="00D000000000001",
                         session=session())
    check("a trusted network needs no token", trusted.limits()["DailyApiRequests"]["Max"] > 0)
    DAY.control("switches", {"trusted_network": False})
    for value, code in [("off", "INVALID_OPERATION"), ("not_permitted", "INSUFFICIENT_ACCESS")]:
        DAY.control("switches", {"soap_login": value})
        equal("login() switched off", raises("login() off", SalesforceAuthenticationFailed, by_password).code, code)
    DAY.control("switches", {"soap_login": "on"})
    retired = raises("login() at 65.0", SalesforceAuthenticationFailed, lambda: by_password(version="65.0"))
    equal("the code at 65.0", retired.code, "UNSUPPORTED_API_VERSION")


@part
def log_in_by_oauth():
    app = {"consumer_key": ORG["client_id"], "consumer_secret": ORG["client_secret"]}
    password = ORG["password"] + ORG["security_token"]
    flows = {
        "password": lambda: Salesforce(username=ORG["username"], password=password, session=session(), **app),
        "client credentials": lambda: Salesforce(domain="acme.my", session=session(), **app),
        "JWT": lambda: Salesforce(username=ORG["username"], consumer_key=ORG["client_id"], session=session(),
                                  privatekey_file=os.environ["CASEBRIDGE_SANDBOX_JWT_KEY"]),
    }
    for name, flow in flows.items():
        sf = flow()
        equal(f"{name}: the host", sf.sf_instance, HOST)
        equal(f"{name}: a query", sf.query("SELECT Name FROM Organization")["records"][0]["Name"], "Acme")
        usage = sf.api_usage["api-usage"]
        check(f"{name}: usage is told", 0 < usage.used < usage.total, usage)
    app["consumer_secret"] = "wrong"
    wrong = raises("a wrong secret", SalesforceAuthenticationFailed, flows["client credentials"])
    equal("the error of a wrong secret", wrong.code, "invalid_client")
    stranger = raises("a stranger", SalesforceAuthenticationFailed, lambda: Salesforce(
        username="nobody@acme.test", consumer_key=ORG["client_id"], session=session(),
        privatekey_file=os.environ["CASEBRIDGE_SANDBOX_JWT_KEY"]))
    check("a stranger is not approved", "hasn't approved" in str(stranger), str(stranger))
    other = pathlib.Path(os.environ["CASEBRIDGE_SANDBOX_CA"].replace("tls.pem", "tls.key"))
    forged = raises("a forged assertion", SalesforceAuthenticationFailed, lambda: Salesforce(
        username=ORG["username"], consumer_key=ORG["client_id"], session=session(), privatekey_file=str(other)))
    equal("the error of a forged assertion", forged.code, "invalid_grant")


@part
def consent_refresh_and_revoke():
    web, verifier = session(), "v" * 64
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"response_type": "code", "client_id": ORG["client_id"], "redirect_uri": "https://app.test/back?x=1",
             "state": "st&te", "scope": "api refresh_token", "code_challenge": challenge}
    base, token_url = SECURE, SECURE + "/services/oauth2/token"
    back = web.get(base + "/services/oauth2/authorize", params=asked, allow_redirects=False)
    equal("consent sends back", back.status_code, 302)
    sent = parse_qs(urlsplit(back.headers["Location"]).query)
    equal("state and query are kept", (sent["state"], sent["x"]), (["st&te"], ["1"]))
    check("the code ends in ==", sent["code"][0].endswith("=="), sent)
    form = {"grant_type": "authorization_code", "code": sent["code"][0], "redirect_uri": asked["redirect_uri"],
            "client_id": ORG["client_id"], "client_secret": ORG["client_secret"], "code_verifier": verifier}
    given = web.post(token_url, data=form).json()
    check("a refresh token comes", given.get("refresh_token"), given)
    again = web.post(token_url, data=form)
    equal("a code is used once", (again.status_code, again.json()["error"]), (400, "invalid_grant"))
    refresh = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": ORG["client_id"]}
    fresh = web.post(token_url, data=refresh).json()
    check("a refresh gives another token", fresh["access_token"] != given["access_token"] and "refresh_token" not in fresh, fresh)
    DAY.control("switches", {"refresh_rotation": True})
    rotated = web.post(token_url, data=refresh).json()
    check("rotation gives a new one", rotated["refresh_token"] != given["refresh_token"], rotated)
    stolen = web.post(token_url, data=refresh)
    equal("an old one is refused", stolen.json()["error_description"], "expired access/refresh token")
    late = web.post(token_url, data={**refresh, "refresh_token": rotated["refresh_token"]})
    equal("and ends the grant", late.status_code, 400)
    DAY.control("switches", {"refresh_rotation": False})
    one = Salesforce(session_id=by_password().session_id, instance_url=base, session=session())
    equal("userinfo knows the user", one.oauth2("userinfo")["preferred_username"], ORG["username"])
    gone = web.post(base + "/services/oauth2/revoke", data={"token": one.session_id})
    equal("revoke", (gone.status_code, gone.text), (200, ""))
    raises("a revoked token", SalesforceExpiredSession, lambda: one.query("SELECT Id FROM Case"))


@part
def write_read_update_delete():
    made = SF.Case.create({"Subject": NASTY, "Priority": "High", "Origin": "Web", "Description": NASTY * 20})
    check("create says so", made["success"] and made["errors"] == [] and len(made["id"]) == 18, made)
    case = SF.Case.get(made["id"])
    equal("the subject comes back as it was sent", case["Subject"], NASTY)
    equal("defaults are filled in", (case["Status"], case["IsClosed"]), ("New", False))
    check("the moment is written as Salesforce does", case["CreatedDate"].endswith(".000+0000"), case["CreatedDate"])
    equal("15 characters will do", SF.Case.get(made["id"][:15])["Id"], made["id"])
    equal("update answers 204", SF.Case.update(made["id"], {"Status": "Closed"}), 204)
    closed = SF.Case.get(made["id"])
    check("closing closes", closed["IsClosed"] and closed["ClosedDate"], closed["ClosedDate"])
    comment = SF.CaseComment.create({"ParentId": made["id"], "CommentBody": NASTY, "IsPublished": True})
    rows = SF.query(format_soql("SELECT Id, CommentBody, Parent.CaseNumber FROM CaseComment WHERE ParentId = {}", made["id"]))
    equal("the comment is found", [(r["Id"], r["CommentBody"], r["Parent"]["CaseNumber"]) for r in rows["records"]],
          [(comment["id"], NASTY, case["CaseNumber"])])
    found = SF.query(format_soql("SELECT Id FROM Case WHERE Subject = {}", NASTY))
    equal("a nasty text is found by itself", [r["Id"] for r in found["records"]], [made["id"]])
    equal("delete answers 204", SF.Case.delete(made["id"]), 204)
    gone = raises("a deleted record", SalesforceResourceNotFound, lambda: SF.Case.get(made["id"]))
    equal("the code of a deleted record", gone.content[0]["errorCode"], "ENTITY_IS_DELETED")
    bin = SF.query(format_soql("SELECT Id, IsDeleted FROM Case WHERE Id = {}", made["id"]), include_deleted=True)
    equal("it is in the recycle bin", [r["IsDeleted"] for r in bin["records"]], [True])


@part
def upsert_by_key():
    key = f"{KEY}/{quote('acme/42ü&?+', safe='')}"
    equal("a first upsert makes", SF.Case.upsert(key, {"Subject": "a"}), 201)
    equal("a second one changes", SF.Case.upsert(key, {"Subject": "b"}), 200)
    got = SF.Case.get_by_custom_id(KEY, "acme/42ü&?+")
    equal("found by key", (got["Subject"], got[KEY]), ("b", "acme/42ü&?+"))
    refused = raises("the key in the body", SalesforceMalformedRequest, lambda: SF.Case.upsert(key, {KEY: "x"}))
    equal("its code", refused.content[0]["errorCode"], "INVALID_FIELD")
    twice = raises("a key given twice", SalesforceMalformedRequest, lambda: SF.Case.create({KEY: "acme/42ü&?+"}))
    equal("its code", twice.content[0]["errorCode"], "DUPLICATE_VALUE")
    check("it names the record", got["Id"][:15] in twice.content[0]["message"], twice.content)
    DAY.control("switches", {"external_id_unique": False})
    SF.Case.create({KEY: "acme/42ü&?+"})
    several = raises("two with one key", SalesforceMoreThanOneRecord, lambda: SF.Case.upsert(key, {"Subject": "c"}))
    equal("both are named", len(several.content), 2)
    DAY.control("switches", {"external_id_unique": True})


@part
def page_through_5000_records():
    ids = []
    for start in range(0, 5000, 200):
        records = [{"attributes": {"type": "Case"}, "Subject": f"page {n}", "Origin": "Phone", KEY: f"page:{n}"}
                   for n in range(start, start + 200)]
        ids += SF.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": records})
    check("5,000 are made", len(ids) == 5000 and all(one["success"] for one in ids))
    statement = f"SELECT Id, {KEY} FROM Case WHERE {KEY} LIKE 'page:%' ORDER BY CaseNumber"
    first = SF.query(statement)
    equal("the first page", (first["totalSize"], first["done"], len(first["records"])), (5000, False, 2000))
    second = SF.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    third = SF.query_more(second["nextRecordsUrl"].rsplit("/", 1)[1])
    equal("the last page", (third["done"], len(third["records"]), "nextRecordsUrl" in third), (True, 1000, False))
    equal("every record once, in order", [row[KEY] for row in SF.query_all_iter(statement)],
          [f"page:{n}" for n in range(5000)])
    small = SF.query(statement, headers={"Sforce-Query-Options": "batchSize=250"})
    equal("a smaller page", len(small["records"]), 250)
    wrong = raises("a wrong locator", SalesforceMalformedRequest, lambda: SF.query_more("0r8000000000000AAA-2000"))
    equal("its code", wrong.content[0]["errorCode"], "INVALID_QUERY_LOCATOR")
    equal("count()", SF.query(f"SELECT COUNT() FROM Case WHERE {KEY} LIKE 'page:%'")["totalSize"], 5000)
    by_origin = SF.query(f"SELECT Origin, COUNT(Id) n FROM Case WHERE {KEY} LIKE 'page:%' GROUP BY Origin")
    equal("grouped", [(row["Origin"], row["n"]) for row in by_origin["records"]], [("Phone", 5000)])


@part
def many_in_one_call():
    def records(*cases):
        return [{"attributes": {"type": "Case"}, **case} for case in cases]

    mixed = SF.restful("composite/sobjects", method="POST", json={
        "allOrNone": False, "records": records({"Subject": "good"}, {"Subject": "x" * 256})})
    equal("one fails alone", [(one["success"], [e["statusCode"] for e in one["errors"]]) for one in mixed],
          [(True, []), (False, ["STRING_TOO_LONG"])])
    together = SF.restful("composite/sobjects", method="POST", json={
        "allOrNone": True, "records": records({"Subject": "good"}, {"Subject": "x" * 256})})
    equal("or all together", together[0]["errors"][0]["statusCode"], "ALL_OR_NONE_OPERATION_ROLLED_BACK")
    path = f"composite/sobjects/Case/{KEY}"
    for created in (True, False):
        upserted = SF.restful(path, method="PATCH", json={"records": records({KEY: "many:1"}, {KEY: "many:2"})})
        equal("a collection is upserted", [one["created"] for one in upserted], [created] * 2)
    ids = [one["id"] for one in upserted]
    gone = SF.restful("composite/sobjects", {"ids": ",".join(ids), "allOrNone": "true"}, method="DELETE")
    equal("and deleted", [(one["id"], one["success"]) for one in gone], [(one, True) for one in ids])
    version = f"v{SF.sf_version}"
    parts = SF.restful("composite", method="POST", json={"allOrNone": True, "compositeRequest": [
        {"method": "POST", "url": f"/services/data/{version}/sobjects/Case", "referenceId": "c", "body": {"Subject": "c"}},
        {"method": "POST", "url": f"/services/data/{version}/sobjects/CaseComment", "referenceId": "k",
         "body": {"ParentId": "@{c.id}", "CommentBody": "hi"}}]})["compositeResponse"]
    equal("a composite refers back", [one["httpStatusCode"] for one in parts], [201, 201])
    batch = SF.restful("composite/batch", method="POST", json={"haltOnError": True, "batchRequests": [
        {"method": "PATCH", "url": f"{version}/sobjects/Case/{parts[0]['body']['id']}", "richInput": {"Subject": "d"}},
        {"method": "GET", "url": f"{version}/sobjects/Case/500000000000000"},
        {"method": "GET", "url": f"{version}/limits"}]})
    equal("a batch halts", (batch["hasErrors"], [one["statusCode"] for one in batch["results"]]), (True, [204, 404, 412]))
    tree = SF.restful("composite/tree/Case", method="POST", json={"records": [
        {"attributes": {"type": "Case", "referenceId": "r1"}, "Subject": "tree", "CaseComments": {"records": [
            {"attributes": {"type": "CaseComment", "referenceId": "r2"}, "CommentBody": "leaf"}]}}]})
    equal("a tree grows", (tree["hasErrors"], [one["referenceId"] for one in tree["results"]]), (False, ["r1", "r2"]))
    graph = SF.restful("composite/graph", method="POST", json={"graphs": [
        {"graphId": "good", "compositeRequest": [{"method": "POST", "url": f"/services/data/{version}/sobjects/Case",
                                                  "referenceId": "a", "body": {"Subject": "g"}}]},
        {"graphId": "bad", "compositeRequest": [{"method": "POST", "url": f"/services/data/{version}/sobjects/Case",
                                                 "referenceId": "a", "body": {"Nope": "g"}}]}]})
    equal("graphs stand alone", [one["isSuccessful"] for one in graph["graphs"]], [True, False])


@part
def describe_and_limits():
    names = {one["name"]: one for one in SF.describe()["sobjects"]}
    check("the objects are listed", {"Case", "CaseComment", "Contact", "Account", "User"} <= set(names), sorted(names))
    fields = {one["name"]: one for one in SF.Case.describe()["fields"]}
    equal("the key is an external id", (fields[KEY]["externalId"], fields[KEY]["unique"]), (True, True))
    equal("metadata names the object", SF.Case.metadata()["objectDescribe"]["keyPrefix"], "500")
    check("is_sandbox", SF.is_sandbox() is True)
    daily = SF.limits()["DailyApiRequests"]
    equal("limits agree with the header", daily["Max"], SF.api_usage["api-usage"].total)


@part
def search():
    SF.Contact.create({"LastName": "Quetzalcoatl", "Email": "quetzal@acme.test"})
    found = SF.search("FIND {Quetzalcoatl} IN ALL FIELDS RETURNING Contact(Id, LastName)")
    equal("SOSL finds", [row["LastName"] for row in found["searchRecords"]], ["Quetzalcoatl"])
    equal("quick search finds", len(SF.quick_search("Quetzalcoatl")["searchRecords"]), 1)


@part
def what_was_changed_and_deleted():
    kept = SF.Case.create({"Subject": "kept"})["id"]
    dropped = SF.Case.create({"Subject": "dropped"})["id"]
    SF.Case.delete(dropped)
    now = datetime.datetime.now(datetime.timezone.utc)
    window = (now - datetime.timedelta(hours=1), now + datetime.timedelta(minutes=2))
    check("updated", kept in SF.Case.updated(*window)["ids"])
    check("deleted", dropped in [one["id"] for one in SF.Case.deleted(*window)["deletedRecords"]])


@part
def bulk_2_in_and_out():
    rows = [{"Subject": f"bulk {n}, \"q\"\n2", KEY: f"bulk2:{n}"} for n in range(1200)]
    done = SF.bulk2.Case.insert(records=rows)
    equal("all went in", [(one["numberRecordsProcessed"], one["numberRecordsFailed"]) for one in done], [(1200, 0)])
    bad = SF.bulk2.Case.insert(records=[{"Subject": "x" * 300, KEY: "bulk2:bad"}, {"Subject": "ok", KEY: "bulk2:ok"}])
    failed = SF.bulk2.Case.get_failed_records(bad[0]["job_id"])
    check("a bad row is told", "STRING_TOO_LONG" in failed and failed.count("\n") >= 1, failed)
    pages = list(SF.bulk2.Case.query(f"SELECT Id, Subject FROM Case WHERE {KEY} LIKE 'bulk2:%'", max_records=500))
    equal("and out, in pages", sum(page.count('"bulk ') for page in pages), 1200)
    upserted = SF.bulk2.Case.upsert(records=[{KEY: "bulk2:1", "Subject": "up"}], external_id_field=KEY)
    equal("upsert", upserted[0]["numberRecordsFailed"], 0)
    equal("it changed", SF.Case.get_by_custom_id(KEY, "bulk2:1")["Subject"], "up")


@part
def errors_and_recovery():
    for body, code in [({"Nope__c": 1}, "INVALID_FIELD"), ({"CaseNumber": "1"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
                       ({"Status": "Nope"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
                       ({"SuppliedEmail": "nobody"}, "INVALID_EMAIL_ADDRESS"), ({"ContactId": "x"}, "MALFORMED_ID")]:
        refused = raises(code, SalesforceMalformedRequest, lambda: SF.Case.create(body))
        equal("the code", refused.content[0]["errorCode"], code)
    missing = raises("a contact without a name", SalesforceMalformedRequest, lambda: SF.Contact.create({"Email": "a@b.co"}))
    equal("what is missing is named", missing.content[0]["fields"], ["LastName"])
    raises("a wrong statement", SalesforceMalformedRequest, lambda: SF.query("SELEKT Id FROM Case"))
    raises("an unknown object", SalesforceResourceNotFound, lambda: SF.Dragon.get("500000000000000"))
    DAY.control("expire", {})
    old = SF.session_id
    equal("after the session's end it signs in again", SF.query("SELECT Name FROM Organization")["totalSize"], 1)
    check("with another token", SF.session_id != old)
    DAY.control("faults", {"match": {"path": "/sobjects/Case"}, "do": "status", "status": 503,
                           "body": json.dumps([{"errorCode": "SERVER_UNAVAILABLE", "message": "later"}])})
    busy = raises("a busy org", SalesforceGeneralError, lambda: SF.Case.create({"Subject": "busy"}))
    equal("its status", busy.status, 503)
    check("the next try works", SF.Case.create({"Subject": "busy"})["success"])
    DAY.control("faults", {"match": {"method": "POST", "path": "/sobjects/Case"}, "do": "lost_answer"})
    raises("a lost answer", requests.exceptions.ConnectionError, lambda: SF.Case.create({KEY: "lost:1", "Subject": "l"}))
    equal("what was lost was done", SF.Case.get_by_custom_id(KEY, "lost:1")["Subject"], "l")


@part
def the_day_s_calls_run_out():
    used = SF.limits()["DailyApiRequests"]
    used = used["Max"] - used["Remaining"]
    DAY.control("switches", {"daily_limit": used + 2})
    equal("two are left", [SF.query("SELECT Name FROM Organization")["totalSize"] for _ in range(2)], [1, 1])
    empty = raises("none is left", SalesforceRefusedRequest, lambda: SF.query("SELECT Id FROM Case"))
    equal("how that is told", (empty.status, empty.content[0]["errorCode"]), (403, "REQUEST_LIMIT_EXCEEDED"))
    DAY.control("clock", {"advance": "24 hours"})
    equal("tomorrow it goes on", SF.query("SELECT Name FROM Organization")["totalSize"], 1)
    DAY.control("switches", {"daily_limit": 100000})


DAY.end()
