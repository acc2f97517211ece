// A working day of jsforce, over plain HTTP.

import jsforce from 'jsforce';
import { StreamingExtension } from 'jsforce/lib/api/streaming.js';
import { Day, LINE } from './checks.mjs';

const ORG = LINE.salesforce;
const URL_ = ORG.url;
const KEY = 'Community_Thread_Key__c';
const NASTY = 'O\'Neil "q" \\ back <b>&amp; 100%_\n🚒 ü';
const PASSWORD = ORG.password + ORG.security_token;
const APP = { loginUrl: URL_, clientId: ORG.client_id, clientSecret: ORG.client_secret, redirectUri: 'http://localhost:1717/OauthRedirect' };
const day = new Day('jsforce', ORG);
const { check, equal, raises, part, control } = Object.fromEntries(
  ['check', 'equal', 'raises', 'part', 'control'].map((name) => [name, day[name].bind(day)]));

const conn = new jsforce.Connection({ loginUrl: URL_, version: '64.0', logLevel: 'NONE' });
const case_ = (fields) => ({ attributes: { type: 'Case' }, ...fields });

await part('log in by SOAP', async () => {
  const user = await conn.login(ORG.username, PASSWORD);
  check('ids of user and organization', user.id.startsWith('005') && user.organizationId.startsWith('00D'), user);
  equal('the instance is the sandbox', conn.instanceUrl, URL_);
  const wrong = await raises('a wrong password', () => new jsforce.Connection({ loginUrl: URL_, version: '64.0' }).login(ORG.username, 'x'));
  check('its words', /^INVALID_LOGIN: Invalid username/.test(wrong.message), wrong.message);
  equal('getUserInfo', (await conn.soap.getUserInfo()).userName, ORG.username);
  const identity = await conn.identity();
  equal('the identity', [identity.username, identity.user_id, identity.organization_id], [ORG.username, user.id, user.organizationId]);
  const second = new jsforce.Connection({ loginUrl: URL_, version: '64.0' });
  await second.login(ORG.username, PASSWORD);
  const token = second.accessToken;
  await second.logout();
  const after = new jsforce.Connection({ instanceUrl: URL_, accessToken: token, version: '64.0' });
  equal('logged out', (await raises('a dead token', () => after.query('SELECT Id FROM Case'))).errorCode, 'INVALID_SESSION_ID');
});

await part('log in by OAuth', async () => {
  const byPassword = new jsforce.Connection({ oauth2: APP, version: '64.0' });
  const user = await byPassword.login(ORG.username, PASSWORD);
  check('the password flow', user.id.startsWith('005'), user);
  const byApp = new jsforce.Connection({ instanceUrl: URL_, oauth2: APP });
  await byApp.authorize({ grant_type: 'client_credentials' });
  equal('client credentials', (await byApp.query('SELECT Name FROM Organization')).records[0].Name, 'Acme');

  const oauth2 = new jsforce.OAuth2({ ...APP, useVerifier: true });
  const asked = oauth2.getAuthorizationUrl({ scope: 'api refresh_token', state: 'a b&c' });
  const back = new URL((await fetch(asked, { redirect: 'manual' })).headers.get('location'));
  equal('the state comes back', back.searchParams.get('state'), 'a b&c');
  const web = new jsforce.Connection({ oauth2 });
  await web.authorize(back.searchParams.get('code'), { code_verifier: oauth2.codeVerifier });
  check('a refresh token came', web.refreshToken?.length > 10);
  let refreshed = 0;
  web.on('refresh', () => { refreshed += 1; });
  const old = web.accessToken;
  await oauth2.revokeToken(old);
  equal('it refreshes by itself', (await web.query('SELECT Name FROM Organization')).totalSize, 1);
  check('once, with another token', refreshed === 1 && web.accessToken !== old, refreshed);
  await control('switches', { consent: 'deny' });
  const denied = new URL((await fetch(asked, { redirect: 'manual' })).headers.get('location'));
  equal('consent denied', denied.searchParams.get('error'), 'access_denied');
  await control('switches', { consent: 'approve' });
  const wrong = await raises('a wrong secret', () => new jsforce.Connection({ oauth2: { ...APP, clientSecret: 'x' } }).login(ORG.username, PASSWORD));
  equal('its error', wrong.name, 'invalid_client');
});

await part('write, read, update, delete', async () => {
  const made = await conn.sobject('Case').create({ Subject: NASTY, Priority: 'High' });
  check('create says so', made.success && made.id.length === 18, made);
  const got = await conn.sobject('Case').retrieve(made.id);
  equal('the subject comes back', got.Subject, NASTY);
  equal('its attributes', got.attributes, { type: 'Case', url: `/services/data/v64.0/sobjects/Case/${made.id}` });
  equal('15 characters will do', (await conn.sobject('Case').retrieve(made.id.slice(0, 15))).Id, made.id);
  equal('update', (await conn.sobject('Case').update({ Id: made.id, Status: 'Closed' })).success, true);
  // Its `find` escapes quotes only, so a text with a backslash is escaped here.
  const quoted = NASTY.replace(/[\\'"]/g, '\\$&').replace(/\n/g, '\\n');
  equal('found by its text', (await conn.query(`SELECT Id, IsClosed FROM Case WHERE Subject = '${quoted}'`)).records.map((row) => [row.Id, row.IsClosed]), [[made.id, true]]);
  equal('found by a text with quotes', (await conn.sobject('Contact').find({ LastName: "O'Hara" }, 'Email').execute())[0].Email, "pat.o'hara@acme.test");
  const comment = await conn.sobject('CaseComment').create({ ParentId: made.id, CommentBody: NASTY, IsPublished: true });
  const parent = await conn.query(`SELECT CaseNumber, (SELECT CommentBody FROM CaseComments) FROM Case WHERE Id = '${made.id}'`);
  equal('its comments', parent.records[0].CaseComments.records.map((row) => row.CommentBody), [NASTY]);
  check('the comment has an id', comment.id.startsWith('00a'), comment);
  equal('delete', (await conn.sobject('Case').destroy(made.id)).success, true);
  equal('gone', (await raises('a deleted case', () => conn.sobject('Case').retrieve(made.id))).errorCode, 'ENTITY_IS_DELETED');
  const many = await conn.sobject('Case').create([{ Subject: 'a' }, { Subject: 'x'.repeat(256) }], { allOrNone: false });
  equal('one of two', many.map((one) => one.success), [true, false]);
  equal('the other is told', many[1].errors[0].statusCode, 'STRING_TOO_LONG');
  const all = await conn.sobject('Case').create([{ Subject: 'a' }, { Subject: 'x'.repeat(256) }], { allOrNone: true });
  equal('all or none', all[0].errors[0].statusCode, 'ALL_OR_NONE_OPERATION_ROLLED_BACK');
});

await part('upsert', async () => {
  const one = await conn.sobject('Case').upsert({ [KEY]: 'js:1', Subject: 'a' }, KEY);
  equal('made', [one.success, one.created], [true, true]);
  const again = await conn.sobject('Case').upsert({ [KEY]: 'js:1', Subject: 'b' }, KEY);
  equal('changed', [again.success, again.created, again.id], [true, false, one.id]);
  const both = await conn.sobject('Case').upsert([{ [KEY]: 'js:1', Subject: 'c' }, { [KEY]: 'js:2', Subject: 'c' }], KEY);
  equal('many', both.map((row) => row.created), [false, true]);
  const twice = await raises('a key twice', () => conn.sobject('Case').create({ [KEY]: 'js:1' }));
  equal('its code', twice.errorCode, 'DUPLICATE_VALUE');
});

await part('page through 5,000 records', async () => {
  const rows = Array.from({ length: 5000 }, (_, n) => ({ Subject: `page ${n}`, [KEY]: `jspage:${n}` }));
  const made = await conn.sobject('Case').create(rows, { allowRecursive: true, allOrNone: true });
  check('5,000 are made', made.length === 5000 && made.every((one) => one.success));
  const statement = `SELECT Id, ${KEY} FROM Case WHERE ${KEY} LIKE 'jspage:%' ORDER BY CaseNumber`;
  const first = await conn.query(statement);
  equal('the first page', [first.totalSize, first.done, first.records.length], [5000, false, 2000]);
  const second = await conn.queryMore(first.nextRecordsUrl);
  const third = await conn.queryMore(second.nextRecordsUrl);
  equal('the last page', [third.done, third.records.length], [true, 1000]);
  const seen = [];
  await new Promise((yes, no) => conn.query(statement).on('record', (row) => seen.push(row[KEY])).on('end', yes).on('error', no).run({ autoFetch: true, maxFetch: 5000 }));
  equal('every one once, in order', seen, rows.map((row) => row[KEY]));
  const deleted = await conn.sobject('Case').find({ [KEY]: { $like: 'jspage:%' } }).destroy({ allowBulk: false, allowRecursive: true });
  check('5,000 are deleted', deleted.length === 5000 && deleted.every((one) => one.success), deleted[0]);
  const all = await conn.query(`SELECT COUNT() FROM Case WHERE ${KEY} LIKE 'jspage:%' AND IsDeleted = true`, { scanAll: true });
  equal('and are in the recycle bin', all.totalSize, 5000);
});

await part('retrieve, describe, limits, tooling', async () => {
  const ids = (await conn.sobject('Contact').find({}, 'Id').limit(3).execute()).map((row) => row.Id);
  equal('many by id', (await conn.retrieve('Contact', ids)).map((row) => row.Id), ids);
  const described = await conn.sobject('Case').describe();
  check('describe', described.fields.find((field) => field.name === KEY)?.externalId === true);
  check('global describe', (await conn.describeGlobal()).sobjects.some((one) => one.name === 'Contact'));
  await conn.request(`/services/data/v64.0/limits`);
  const limits = await conn.limits?.() ?? await conn.request('/services/data/v64.0/limits');
  equal('limits agree with the header', limits.DailyApiRequests.Max, conn.limitInfo.apiUsage.limit);
  equal('tooling has nothing', (await conn.tooling.query('SELECT Id FROM SandboxProcess')).totalSize, 0);
  check('versions', (await conn.request('/services/data')).some((one) => one.version === '64.0'));
  const grouped = await conn.query("SELECT Status, COUNT(Id) n FROM Case GROUP BY Status");
  check('grouped', grouped.records.every((row) => row.n > 0), grouped.records);
});

await part('search', async () => {
  await conn.sobject('Contact').create({ LastName: 'Xochipilli' });
  const found = await conn.search('FIND {Xochipilli} IN ALL FIELDS RETURNING Contact(Id, LastName)');
  equal('SOSL finds', found.searchRecords.map((row) => row.LastName), ['Xochipilli']);
});

await part('updated and deleted', async () => {
  const { id } = await conn.sobject('Case').create({ Subject: 'later' });
  const from = new Date(Date.now() - 3600e3), to = new Date(Date.now() + 120e3);
  check('updated', (await conn.sobject('Case').updated(from, to)).ids.includes(id));
  await conn.sobject('Case').destroy(id);
  check('deleted', (await conn.sobject('Case').deleted(from, to)).deletedRecords.some((one) => one.id === id));
});

await part('bulk 2 in and out', async () => {
  conn.bulk2.pollTimeout = 60000;
  const rows = Array.from({ length: 1500 }, (_, n) => ({ Subject: `bulk "2", ${n}`, [KEY]: `jsbulk2:${n}` }));
  rows.push({ Subject: 'x'.repeat(300), [KEY]: 'jsbulk2:bad' });
  const done = await conn.bulk2.loadAndWaitForResults({ object: 'Case', operation: 'insert', input: rows, pollInterval: 300, pollTimeout: 60000 });
  equal('in', [done.successfulResults.length, done.failedResults.length, done.unprocessedRecords.length], [1500, 1, 0]);
  check('the failure is told', done.failedResults[0].sf__Error.startsWith('STRING_TOO_LONG'), done.failedResults[0]);
  const out = await (await conn.bulk2.query(`SELECT Id, Subject FROM Case WHERE ${KEY} LIKE 'jsbulk2:%'`, { pollInterval: 300, pollTimeout: 60000 })).toArray();
  equal('out', out.length, 1500);
  check('what went in came out', out.some((row) => row.Subject === 'bulk "2", 1499'));
});

await part('stream', async () => {
  const topic = { Name: 'JsCases', Query: 'SELECT Id, Subject FROM Case', ApiVersion: 64.0, NotifyForOperationCreate: true, NotifyForFields: 'All' };
  check('a topic is made', (await conn.sobject('PushTopic').create(topic)).success);
  const heard = new Promise((yes) => conn.streaming.topic('JsCases').subscribe(yes));
  await new Promise((yes) => setTimeout(yes, 1500));
  const { id } = await conn.sobject('Case').create({ Subject: 'streamed' });
  const message = await heard;
  equal('the event', [message.event.type, message.sobject.Id, message.sobject.Subject], ['created', id, 'streamed']);
  const client = conn.streaming.createClient([new StreamingExtension.Replay('/topic/JsCases', -2)]);
  const again = await new Promise((yes) => client.subscribe('/topic/JsCases', yes));
  equal('replayed', again.sobject.Id, id);
  client.disconnect();
}, 30);

await part('errors and recovery', async () => {
  for (const [fields, code] of [[{ Nope__c: 1 }, 'INVALID_FIELD'], [{ Status: 'Nope' }, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'], [{ ContactId: 'x' }, 'MALFORMED_ID']]) {
    equal('the code', (await raises(code, () => conn.sobject('Case').create(fields))).errorCode, code);
  }
  equal('a wrong statement', (await raises('SELEKT', () => conn.query('SELEKT'))).errorCode, 'MALFORMED_QUERY');
  equal('a wrong locator', (await raises('locator', () => conn.queryMore('0r8000000000000AAA-2000'))).errorCode, 'INVALID_QUERY_LOCATOR');
  const old = conn.accessToken;
  await control('expire', {});
  equal('it signs in again by itself', (await conn.query('SELECT Name FROM Organization')).totalSize, 1);
  check('with another token', conn.accessToken !== old);
  await control('faults', { match: { method: 'GET', path: '/query' }, do: 'status', status: 503, body: '[]', times: 2 });
  equal('it tries a read again', (await conn.query('SELECT Name FROM Organization')).totalSize, 1);
  await control('faults', { match: { method: 'POST', path: '/sobjects/Case' }, do: 'lost_answer' });
  await raises('a lost answer', () => conn.sobject('Case').create({ [KEY]: 'js:lost', Subject: 'lost' }));
  equal('what was lost was done', (await conn.sobject('Case').find({ [KEY]: 'js:lost' }).execute()).length, 1);
});

await part('the day\'s calls run out', async () => {
  const { Max, Remaining } = (await conn.request('/services/data/v64.0/limits')).DailyApiRequests;
  await control('switches', { daily_limit: Max - Remaining + 1 });
  equal('one is left', (await conn.query('SELECT Name FROM Organization')).totalSize, 1);
  equal('then none', (await raises('none', () => conn.query('SELECT Name FROM Organization'))).errorCode, 'REQUEST_LIMIT_EXCEEDED');
  await control('clock', { advance: '24 hours' });
  equal('tomorrow it goes on', (await conn.query('SELECT Name FROM Organization')).totalSize, 1);
});

day.end();
