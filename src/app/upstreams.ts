/**
 * The way from containers to nginx: snapshot → backends → bytes → file → reload → proof. Runs never overlap and at most one waits.
 *
 * Backups do this too, so a promotion is warm; the promotion goes through it once more. What nginx refuses is taken back: the last bytes
 * it accepted return to the file, so that its next start finds them.
 */

import type { DockerSnapshot } from '../docker/snapshot.ts';
import type { Clock } from '../lib/clock.ts';
import { messageOf, type OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import type { Result } from '../lib/result.ts';
import {
  after,
  between,
  type Duration,
  earlier,
  type Instant,
  inMilliseconds,
  later,
  microseconds,
  seconds,
} from '../lib/time.ts';
import { within } from '../lib/within.ts';
import type { NginxController, ReloadResult } from '../nginx/controller.ts';
import { freeAt, NO_RELOADS, noteReload, type Pace } from '../nginx/pace.ts';
import type { Barred } from '../nginx/refusal.ts';
import { type Blame, blameFor } from './upstreams-blame.ts';
import { type Content, describeContent, NO_CONTENT, UpstreamsContent } from './upstreams-content.ts';
import type { UpstreamsFile } from './upstreams-file.ts';
import type { TimedPlan } from './upstreams-plan.ts';
import {
  type Ending,
  NO_COUNTS,
  type PromotionReport,
  promotionFields,
  STOPPED,
  type Step,
  type UpstreamsReport,
} from './upstreams-report.ts';

export interface UpstreamsOptions {
  readonly file: UpstreamsFile;
  readonly controller: Pick<NginxController, 'isServing' | 'reload'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A fresh list; undefined when Docker does not answer. */
  readonly relist: () => Promise<DockerSnapshot | undefined>;
  /** What labels and configuration ask for. */
  readonly plan: (snapshot: DockerSnapshot) => TimedPlan;
  /** Reloads within any minute, promotions aside; at least 1. */
  readonly reloadsPerMinute: number;
  /** What nginx's own test of the file on disk says against it; undefined when that is nothing, or when it cannot be run here. */
  readonly test: () => Promise<string | undefined>;
  /** What nginx wrote to its error log in the last while; undefined when that cannot be read. */
  readonly errorsWithin: (span: Duration) => Promise<string | undefined>;
  /** Called when something was written, nginx has taken it, or something failed. */
  readonly onChange?: (report: UpstreamsReport) => void;
}

/** Bytes that nginx refused are tried again this much later: the fault may have been in another file. */
const REFUSED_RETRY = seconds(60);
/** How long a promotion waits for a fresh list before it goes on with the last. */
const PROMOTION_RELIST = seconds(1);
/** The longest time between two looks: the disk, nginx and its other files change, and nobody may tell. */
const LOOK = seconds(30);
/** The same while nginx is to start: the file may be what keeps it from that. */
const START_LOOK = seconds(5);
/** What nginx wrote is asked for by whole seconds: less after a write, it may be about the bytes before. */
const LOG_GRAIN = seconds(1);

export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #counts = { ...NO_COUNTS };
  readonly #work = new OneAtATime();
  #updateQueued = false;
  #promotion: Promise<PromotionReport> | undefined;
  #stopped = false;
  #snapshot: DockerSnapshot | undefined;
  /** What the bytes on disk wait for: nginx's start since then, or a reload that did not come through. */
  #pending: { readonly start: Instant } | 'reload' | undefined;
  #refused: { readonly bytes: string; readonly at: Instant } | undefined;
  readonly #composer = new UpstreamsContent();
  #content: Content = NO_CONTENT;
  /** When the content will be another by itself. */
  #changesAt: Instant | undefined;
  #cancelTimer: () => void = () => undefined;
  #lastRender: Step | undefined;
  #lastReload: Step | undefined;
  #pace: Pace = NO_RELOADS;
  #lastVerify: Step | undefined;
  #degraded: string | undefined;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
  }

  /** Nothing is rendered before this has settled. */
  begin(ready: Promise<unknown>): void {
    void this.#work.run(() => ready);
  }

  /** A new snapshot: rendered, and if the bytes differ, brought to nginx. */
  apply(snapshot: DockerSnapshot): void {
    this.#snapshot = snapshot;
    this.recheck();
  }

  /** nginx may have started or stopped: what is pending may be settled. */
  recheck(): void {
    if (this.#updateQueued || this.#stopped) return;
    this.#updateQueued = true;
    void this.#work.run(() => this.#updateInTurn());
  }

  /** Lists, renders, reloads and verifies, changed or not. Never rejects; promotions that overlap are one. */
  promote(): Promise<PromotionReport> {
    if (this.#stopped) return Promise.resolve(STOPPED);
    this.#promotion ??= this.#work
      .run(() => this.#promote())
      .finally(() => {
        this.#promotion = undefined;
      });
    return this.#promotion;
  }

  /** Starts nothing new; settles when what was under way has ended, promotions asked for by now among it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer();
    await this.#work.ended();
  }

  status(): UpstreamsReport {
    return {
      file: this.#options.file.path,
      content: this.#content,
      lastRender: this.#lastRender,
      lastReload: this.#lastReload,
      lastVerify: this.#lastVerify,
      counts: { ...this.#counts },
      degraded: this.#degraded,
    };
  }

  async #updateInTurn(): Promise<void> {
    this.#updateQueued = false;
    const { clock, reloadsPerMinute } = this.#options;
    const now = clock.now();
    const free = freeAt(this.#pace, now, reloadsPerMinute);
    if (this.#stopped) return;
    // Waits out of turn: a promotion does not wait for the pace.
    if (free > now) this.#recheckAt(free);
    else await this.#update(false);
  }

  async #promote(): Promise<PromotionReport> {
    const { clock, log } = this.#options;
    const begun = clock.now();
    const fresh = await this.#relist();
    const listed = clock.now();
    this.#snapshot = fresh ?? this.#snapshot;
    const outcome = await this.#update(true);
    const rendered = later(listed, this.#lastRender?.at ?? listed);
    const last = this.#lastVerify;
    const verify = last !== undefined && last.at >= rendered ? last.took : undefined;
    const report: PromotionReport = {
      relist: fresh === undefined ? undefined : between(begun, listed),
      render: this.#lastRender?.took ?? between(listed, listed),
      reload: microseconds(between(rendered, clock.now()) - (verify ?? 0)),
      verify,
      outcome,
    };
    log.info(promotionFields(report), 'upstreams brought up to date for the promotion');
    return report;
  }

  /** An engine that cannot be asked is one that does not answer. */
  async #relist(): Promise<DockerSnapshot | undefined> {
    const { clock, relist } = this.#options;
    try {
      return await within(clock, PROMOTION_RELIST, relist());
    } catch {
      return undefined;
    }
  }

  /** Whatever is thrown on the way is told, and the way gone again at the next look. */
  async #update(forced: boolean): Promise<Ending> {
    this.#changesAt = undefined;
    try {
      return await this.#bring(forced);
    } catch (thrown) {
      this.#degrade(
        `the upstreams could not be brought to nginx, and will be tried again: ${messageOf(thrown)}`,
      );
      return 'failed';
    } finally {
      const look = after(this.#options.clock.now(), typeof this.#pending === 'object' ? START_LOOK : LOOK);
      this.#recheckAt(earlier(this.#changesAt ?? look, look));
    }
  }

  /** The one timer: of the pace, of what ends by itself, and of the next look. */
  #recheckAt(at: Instant): void {
    const { clock } = this.#options;
    this.#cancelTimer();
    if (this.#stopped) return;
    const now = clock.now();
    this.#cancelTimer = clock.after(between(now, later(now, at)), () => this.recheck());
  }

  async #bring(forced: boolean): Promise<Ending> {
    const { file } = this.#options;
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return 'no-snapshot';
    if (!this.#isDone(await file.read())) return 'write-failed';
    await this.#settle();
    const bytes = this.#render(snapshot);
    if (!forced && !this.#needed(bytes)) {
      this.#counts.unchanged++;
      this.#noteUnchanged(bytes);
      return 'unchanged';
    }
    if (bytes !== file.onDisk) {
      if (!this.#isDone(await file.tryOut(bytes))) return 'write-failed';
      this.#counts.writes++;
      this.#options.onChange?.(this.status());
    }
    return this.#reload(bytes);
  }

  /** What an nginx that was away made of the file, and what could not be taken back before. */
  async #settle(): Promise<void> {
    const { file, controller } = this.#options;
    const pending = this.#pending;
    if (pending === undefined && this.#refused !== undefined && file.isOnTrial)
      this.#isDone(await file.takeBack());
    if (pending === undefined || pending === 'reload') return;
    if (!(await controller.isServing())) return this.#seekRefusal(file.onDisk ?? '', pending.start);
    // It came up after the file was written: it has read it.
    this.#pending = undefined;
    if (this.#isDone(await file.accept()) && this.#refused === undefined)
      this.#recovered('nginx started with the rendered upstreams');
  }

  /** Looks whether the file keeps nginx from starting: what is to blame goes, so that the next start succeeds. */
  async #seekRefusal(bytes: string, since: Instant): Promise<void> {
    const { clock, errorsWithin, file } = this.#options;
    const [from, now] = [after(since, LOG_GRAIN), clock.now()];
    const blame = now > from ? this.#blame(bytes, await errorsWithin(between(from, now))) : undefined;
    // Without a culprit there is only what nginx took before to go back to.
    if (blame?.isInFile !== true || (blame.culprit === undefined && !file.isOnTrial)) return;
    await this.#takeBack(bytes, `nginx did not start: ${blame.message}`);
    this.#pending = { start: clock.now() };
    if (blame.culprit !== undefined) this.#leaveOut(blame.culprit);
  }

  #render(snapshot: DockerSnapshot): string {
    const { clock, plan, file } = this.#options;
    const begun = clock.now();
    const files = [file.accepted ?? '', file.onDisk ?? ''];
    const content = this.#composer.render(plan(snapshot), files, begun);
    this.#warn(content.warnings);
    this.#content = content;
    this.#changesAt = content.until;
    const now = clock.now();
    this.#counts.renders++;
    this.#lastRender = { at: now, took: between(begun, now), ok: true, detail: describeContent(content) };
    return content.bytes;
  }

  #needed(bytes: string): boolean {
    const { clock, file } = this.#options;
    // An nginx that is to start must not find them.
    if (this.#refused?.bytes === bytes)
      return this.#pending === undefined && clock.now() >= after(this.#refused.at, REFUSED_RETRY);
    // On trial and waiting for nothing: nobody was there to see how it ended.
    const isUnjudged = file.isOnTrial && this.#pending === undefined;
    return bytes !== file.onDisk || this.#pending === 'reload' || isUnjudged;
  }

  /** What nginx has is again what the labels ask for, without a reload: a fault that was reported is over. */
  #noteUnchanged(bytes: string): void {
    if (this.#pending !== undefined || this.#refused?.bytes === bytes) return;
    this.#refused = undefined;
    if (this.#degraded !== undefined) this.#recovered('the file is as nginx accepted it');
  }

  async #reload(bytes: string): Promise<Ending> {
    const { clock, controller, errorsWithin, log, test } = this.#options;
    const culprit = this.#blame(bytes, await test())?.culprit;
    if (culprit !== undefined) return this.#rejected(bytes, culprit);
    const begun = clock.now();
    const result = await controller.reload();
    const now = clock.now();
    const signalled = result.outcome === 'reloaded' || result.outcome === 'refused';
    this.#pace = noteReload(this.#pace, now, this.#options.reloadsPerMinute);
    this.#lastReload = { at: now, took: between(begun, now), ok: signalled, detail: result.detail };
    if (signalled) {
      this.#counts.reloads++;
      const verified = result.outcome === 'reloaded';
      this.#lastVerify = { at: now, took: result.took, ok: verified, detail: result.detail };
    }
    log.debug({ outcome: result.outcome, tookMs: inMilliseconds(between(begun, now)) }, 'nginx reload');
    await this.#conclude(bytes, result);
    if (result.outcome !== 'refused') return result.outcome;
    const blamed = this.#blame(bytes, await errorsWithin(between(begun, clock.now())))?.culprit;
    return blamed !== undefined && this.#leaveOut(blamed) ? this.#bring(true) : result.outcome;
  }

  /** Its test found what nginx would refuse: it is not told to reload. */
  async #rejected(bytes: string, culprit: Barred): Promise<Ending> {
    await this.#takeBack(bytes, `nginx -t refuses the configuration: ${culprit.message}`);
    return this.#leaveOut(culprit) ? this.#bring(true) : 'refused';
  }

  async #conclude(bytes: string, { outcome, detail }: ReloadResult): Promise<void> {
    switch (outcome) {
      case 'reloaded':
        this.#counts.verified++;
        this.#pending = undefined;
        this.#refused = undefined;
        if (this.#isDone(await this.#options.file.accept()))
          this.#recovered(this.#lastRender?.detail ?? detail);
        return;
      case 'not-running':
        this.#pending = { start: this.#options.clock.now() };
        this.#degrade(`${detail}; it reads the upstreams when it starts`);
        return;
      case 'unreachable':
        this.#pending = 'reload';
        this.#degrade(detail);
        return;
      case 'refused':
        await this.#takeBack(bytes, detail);
    }
  }

  async #takeBack(bytes: string, detail: string): Promise<void> {
    this.#refused = { bytes, at: this.#options.clock.now() };
    this.#pending = undefined;
    const { file } = this.#options;
    const isOld = bytes === file.accepted;
    if (!this.#isDone(await file.takeBack())) return;
    if (isOld) {
      this.#degrade(
        `${detail}; the upstreams are as it accepted them before, so the fault is in another file`,
      );
    } else {
      this.#counts.writes++;
      this.#counts.rolledBack++;
      this.#degrade(`${detail}; the last accepted upstreams are back in place`);
    }
  }

  #blame(bytes: string, said: string | undefined): Blame | undefined {
    return blameFor(said, this.#options.file.path, bytes);
  }

  /** From now on; false when too much is left out already. */
  #leaveOut(culprit: Barred): boolean {
    const { clock, log } = this.#options;
    if (this.#stopped || !this.#composer.bar(culprit, clock.now())) return false;
    const { message: refusal, ...what } = culprit;
    log.warn({ ...what, refusal }, 'nginx refused it; the rest goes in without it');
    return true;
  }

  #isDone(done: Result<void, OperatingError>): boolean {
    if (done.ok) return true;
    this.#counts.writeFailures++;
    this.#degrade(done.error.message);
    return false;
  }

  /** Told once for each reason; the reason stays in the status. */
  #degrade(reason: string): void {
    if (reason !== this.#degraded) this.#options.log.warn({ file: this.#options.file.path }, reason);
    this.#degraded = reason;
    this.#options.onChange?.(this.status());
  }

  #recovered(detail: string): void {
    this.#degraded = undefined;
    this.#options.log.info({ file: this.#options.file.path, detail }, 'nginx serves the rendered upstreams');
    this.#options.onChange?.(this.status());
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings)
      if (!this.#content.warnings.includes(warning)) this.#options.log.warn({}, warning);
  }
}
