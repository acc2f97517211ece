// A working day of the Salesforce command line, over plain HTTP; what it prints with `--json` is looked at.

import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Day, LINE } from './checks.mjs';

const ORG = LINE.salesforce;
const URL_ = ORG.url;
const KEY = 'Community_Thread_Key__c';
const SCRATCH = process.env.CASEBRIDGE_SCRATCH;
const SF = join(process.env.CASEBRIDGE_CLIENT, 'node_modules/@salesforce/cli/bin/run.js');
const day = new Day('sf', ORG);
const { check, equal, part, control } = Object.fromEntries(['check', 'equal', 'part', 'control'].map((name) => [name, day[name].bind(day)]));

mkdirSync(join(SCRATCH, 'home'), { recursive: true });
const QUIET = {
  HOME: join(SCRATCH, 'home'), SF_DISABLE_TELEMETRY: 'true', SF_AUTOUPDATE_DISABLE: 'true', SF_SKIP_NEW_VERSION_CHECK: 'true',
  SF_DISABLE_DNS_CHECK: 'true', SF_USE_GENERIC_UNIX_KEYCHAIN: 'true', SF_HIDE_RELEASE_NOTES: 'true', NO_COLOR: '1',
};

/** Runs one command: how it ended, what it printed, and that as JSON if it is. */
function sf(command, more = [], env = {}) {
  return new Promise((done) => {
    const child = spawn(process.execPath, [SF, ...command.split(' '), ...more], { cwd: SCRATCH, env: { ...process.env, ...QUIET, ...env } });
    let out = '', err = '';
    child.stdout.on('data', (text) => { out += text; });
    child.stderr.on('data', (text) => { err += text; });
    child.on('close', (code) => {
      let json;
      try { json = JSON.parse(out); } catch { json = undefined; }
      done({ code, out, err, json, result: json?.result });
    });
  });
}

const file = (name, text) => { const path = join(SCRATCH, name); writeFileSync(path, text); return path; };
const good = (what, ran) => check(what, ran.code === 0, { code: ran.code, said: (ran.json?.message ?? ran.err).slice(0, 300) });
const on = ['--target-org', 'day', '--json'];

async function token() {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: ORG.client_id, client_secret: ORG.client_secret });
  return (await (await fetch(`${URL_}/services/oauth2/token`, { method: 'POST', body: form })).json()).access_token;
}

await part('log in with a token', async () => {
  const ran = await sf('org login access-token', ['--instance-url', `${URL_}/`, '--no-prompt', '--alias', 'day', '--json'], { SF_ACCESS_TOKEN: await token() });
  good('login', ran);
  equal('who it is', ran.result?.username, ORG.username);
  const shown = await sf('org display', on);
  good('org display', shown);
  equal('where it is', [shown.result?.username, shown.result?.instanceUrl?.replace(/\/$/, '')], [ORG.username, URL_]);
  await control('expire', {});
  const dead = await sf('data query', ['--query', 'SELECT Name FROM Organization', ...on]);
  check('a dead token is told', dead.code !== 0 && /session expired or invalid/i.test(dead.json?.message), dead.json);
  good('login again', await sf('org login access-token', ['--instance-url', `${URL_}/`, '--no-prompt', '--alias', 'day', '--json'], { SF_ACCESS_TOKEN: await token() }));
  equal('and it goes on', (await sf('data query', ['--query', 'SELECT Name FROM Organization', ...on])).result?.totalSize, 1);
});

await part('log in with an assertion', async () => {
  const ran = await sf('org login jwt', ['--client-id', ORG.client_id, '--jwt-key-file', process.env.CASEBRIDGE_SANDBOX_JWT_KEY,
    '--username', ORG.username, '--instance-url', URL_, '--alias', 'day', '--json']);
  good('login', ran);
  equal('who it is', ran.result?.username, ORG.username);
  const rows = await sf('data query', ['--query', 'SELECT Name FROM Organization', '--target-org', 'day', '--json']);
  equal('it can ask', rows.result?.records?.[0]?.Name, 'Acme');
});

await part('write, read, update, delete', async () => {
  const made = await sf('data create record', ['--sobject', 'Case', '--values', `Subject='From the command line' ${KEY}='sf:1'`, ...on]);
  good('create', made);
  const id = made.result?.id;
  const got = await sf('data get record', ['--sobject', 'Case', '--record-id', id, ...on]);
  equal('read', [got.result?.Subject, got.result?.[KEY]], ['From the command line', 'sf:1']);
  const found = await sf('data get record', ['--sobject', 'Case', '--where', `${KEY}='sf:1'`, ...on]);
  equal('read by key', found.result?.Id, id);
  good('update', await sf('data update record', ['--sobject', 'Case', '--record-id', id, '--values', "Status='Closed'", ...on]));
  const closed = await sf('data query', ['--query', `SELECT Id, Status, IsClosed FROM Case WHERE Id = '${id}'`, ...on]);
  equal('it is closed', closed.result?.records?.map((row) => [row.Status, row.IsClosed]), [['Closed', true]]);
  good('delete', await sf('data delete record', ['--sobject', 'Case', '--record-id', id, ...on]));
  const gone = await sf('data get record', ['--sobject', 'Case', '--record-id', id, ...on]);
  check('gone', gone.code !== 0 && /deleted/i.test(gone.json?.message ?? ''), gone.json);
});

await part('page through 5,000 records', async () => {
  const cases = Array.from({ length: 5000 }, (_, n) => ({ Subject: `page ${n}`, [KEY]: `sfpage:${n}` }));
  await control('world', { cases });
  const statement = `SELECT Id, ${KEY} FROM Case WHERE ${KEY} LIKE 'sfpage:%' ORDER BY CaseNumber`;
  const rows = await sf('data query', ['--query', statement, ...on]);
  good('query', rows);
  equal('every one once, in order', rows.result?.records?.map((row) => row[KEY]), cases.map((row) => row[KEY]));
  const counted = await sf('data query', ['--query', `SELECT COUNT() FROM Case WHERE ${KEY} LIKE 'sfpage:%'`, ...on]);
  equal('count()', counted.result?.totalSize, 5000);
});

await part('query as a table and as csv', async () => {
  const statement = "SELECT LastName, Account.Name FROM Contact WHERE LastName = 'Silva'";
  const csv = await sf('data query', ['--query', statement, '--result-format', 'csv', '--target-org', 'day']);
  equal('csv', csv.out.trim(), 'LastName,Account.Name\nSilva,Acme Retail');
  const table = await sf('data query', ['--query', statement, '--target-org', 'day']);
  check('table', /Silva.*Acme Retail/.test(table.out), table.out + table.err);
});

await part('describe, limits, requests', async () => {
  const described = await sf('sobject describe', ['--sobject', 'Case', ...on]);
  check('describe', described.result?.fields?.some((field) => field.name === KEY && field.externalId), described.json?.message);
  const listed = await sf('sobject list', ['--sobject', 'all', ...on]);
  check('list', listed.result?.includes?.('CaseComment'), listed.result);
  const limits = await sf('org list limits', on);
  check('limits', limits.result?.some?.((one) => one.name === 'DailyApiRequests' && one.max > 0), limits.json?.message);
  const raw = await sf('api request rest', ['/services/data/v64.0/sobjects/Case', '--method', 'POST', '--body', '{"Subject":"raw"}', '--target-org', 'day']);
  check('a raw request', /"success":\s*true/.test(raw.out), raw.out + raw.err);
});

await part('import and export a tree', async () => {
  const tree = { records: [{ attributes: { type: 'Case', referenceId: 'c1' }, Subject: 'tree', [KEY]: 'sftree:1', CaseComments: { records: [
    { attributes: { type: 'CaseComment', referenceId: 'k1' }, CommentBody: 'leaf' }] } }] };
  const went = await sf('data import tree', ['--files', file('Case.json', JSON.stringify(tree)), ...on]);
  good('import', went);
  equal('both are told', went.result?.map((one) => [one.refId, one.type]), [['c1', 'Case'], ['k1', 'CaseComment']]);
  const bad = await sf('data import tree', ['--files', file('Bad.json', JSON.stringify({ records: [{ attributes: { type: 'Case', referenceId: 'b' }, Subject: 'x'.repeat(300) }] })), ...on]);
  check('a bad one is told', bad.code !== 0 && /STRING_TOO_LONG/.test(bad.out), bad.out.slice(0, 300));
  const out = await sf('data export tree', ['--query', `SELECT Subject, (SELECT CommentBody FROM CaseComments) FROM Case WHERE ${KEY} = 'sftree:1'`, '--output-dir', SCRATCH, '--prefix', 'out', ...on]);
  good('export', out);
  const name = readdirSync(SCRATCH).find((one) => one.startsWith('out') && one.endsWith('.json'));
  const written = JSON.parse(readFileSync(join(SCRATCH, name)));
  equal('what went in comes out', written.records[0].CaseComments.records[0].CommentBody, 'leaf');
});

await part('search', async () => {
  await control('world', { contacts: [{ LastName: 'Tlaloc' }] });
  const found = await sf('data search', ['--query', 'FIND {Tlaloc} IN ALL FIELDS RETURNING Contact(Id, LastName)', ...on]);
  good('search', found);
  check('found', JSON.stringify(found.result ?? '').includes('Tlaloc'), found.result);
});

await part('bulk in, up, out and away', async () => {
  const rows = (subject) => `Subject,${KEY}\n${Array.from({ length: 300 }, (_, n) => `${subject} ${n},sfbulk:${n}`).join('\n')}\n`;
  const wait = ['--wait', '2', ...on];
  const went = await sf('data import bulk', ['--sobject', 'Case', '--file', file('in.csv', rows('in')), ...wait]);
  good('import', went);
  equal('all went in', [went.result?.processedRecords, went.result?.failedRecords], [300, 0]);
  const up = await sf('data upsert bulk', ['--sobject', 'Case', '--file', file('up.csv', rows('up')), '--external-id', KEY, ...wait]);
  good('upsert', up);
  const out = await sf('data export bulk', ['--query', `SELECT Id, Subject, ${KEY} FROM Case WHERE ${KEY} LIKE 'sfbulk:%'`, '--output-file', join(SCRATCH, 'out.csv'), ...wait]);
  good('export', out);
  const lines = readFileSync(join(SCRATCH, 'out.csv'), 'utf8').trim().split('\n');
  check('what was upserted comes out', lines.length === 301 && lines.slice(1).every((line) => line.includes('up ')), lines.slice(0, 3));
  const ids = ['Id', ...lines.slice(1).map((line) => line.split(',')[0].replaceAll('"', ''))].join('\n') + '\n';
  good('delete', await sf('data delete bulk', ['--sobject', 'Case', '--file', file('gone.csv', ids), ...wait]));
});

await part('errors and recovery', async () => {
  const wrong = await sf('data query', ['--query', 'SELECT Nope__c FROM Case', ...on]);
  check('a wrong field', wrong.code !== 0 && /Nope__c/.test(wrong.json?.message), wrong.json);
  const refused = await sf('data create record', ['--sobject', 'Contact', '--values', "FirstName='Ann'", ...on]);
  check('what is missing', refused.code !== 0 && /LastName/.test(refused.json?.message), refused.json);
  await control('expire', {});
  equal('with an assertion it signs in again by itself', (await sf('data query', ['--query', 'SELECT Name FROM Organization', ...on])).result?.totalSize, 1);
  await control('faults', { match: { method: 'GET', path: '/query' }, do: 'status', status: 503, body: '[]' });
  equal('a busy org is asked again', (await sf('data query', ['--query', 'SELECT Name FROM Organization', ...on])).result?.totalSize, 1);
  await control('switches', { daily_limit: 1 });
  const none = await sf('data query', ['--query', 'SELECT Name FROM Organization', ...on]);
  check('no calls are left', none.code !== 0 && /TotalRequests Limit exceeded/.test(none.json?.message), none.json);
  await control('switches', { daily_limit: 100000 });
  equal('it goes on', (await sf('data query', ['--query', 'SELECT Name FROM Organization', ...on])).result?.totalSize, 1);
  good('logout', await sf('org logout', ['--target-org', 'day', '--no-prompt', '--json']));
});

day.end();
