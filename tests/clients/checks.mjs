// What the days in Node share: the sandbox they talk to, and a count of what they checked.
//
// A day is cut into parts. A part that breaks off counts as one failed check and does not keep the next from running.

import { isDeepStrictEqual } from 'node:util';

export const LINE = JSON.parse(process.env.CASEBRIDGE_SANDBOX);

export class Day {
  constructor(name, host) {
    Object.assign(this, { name, host, done: 0, failed: [] });
  }

  /** One assertion on what came back. */
  check(what, good, seen) {
    this.done += 1;
    if (!good) this.fail(seen === undefined ? what : `${what}: ${JSON.stringify(seen)}`);
  }

  equal(what, seen, wanted) {
    this.check(`${what} should be ${JSON.stringify(wanted)}`, isDeepStrictEqual(seen, wanted), seen ?? 'nothing');
  }

  /** The error that a call must end in. */
  async raises(what, call) {
    this.done += 1;
    try {
      await call();
    } catch (error) {
      return error;
    }
    this.fail(`${what}: nothing was refused`);
    return {};
  }

  /** Runs one part of the day; one that hangs breaks off too. */
  async part(name, work, seconds = 90) {
    const before = this.failed.length;
    let timer;
    const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error(`not done in ${seconds} s`)), seconds * 1000); });
    try {
      await Promise.race([work(), late]);
    } catch (error) {
      this.done += 1;
      this.fail(`${name} broke off: ${String(error?.stack ?? error).slice(0, 400)}`);
    }
    clearTimeout(timer);
    console.log(`  ${this.failed.length === before ? 'ok ' : 'RED'} ${name}`);
  }

  fail(why) {
    this.failed.push(why);
    console.log(`      ${why}`);
  }

  /** A call to the sandbox's control endpoints. */
  async control(what, body) {
    const asked = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${this.host.url}/_sandbox/${what}`, asked);
    if (!answer.ok) throw new Error(`${what}: ${await answer.text()}`);
    return answer.json();
  }

  end() {
    console.log(`${this.name}: ${this.done} checks, ${this.failed.length} failed`);
    process.exit(this.failed.length ? 1 : 0);
  }
}
