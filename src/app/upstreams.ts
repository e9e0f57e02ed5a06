/**
 * The way from containers to nginx: snapshot → backends → bytes → file → reload → proof. Runs never overlap and at most one waits.
 *
 * Backups do this too, so a promotion is warm; the promotion goes through it once more. What nginx refuses is taken back: the last bytes
 * it accepted return to the file, so that its next start finds them.
 */

import type { BackendPlan } from '../docker/backends.ts';
import type { DockerSnapshot } from '../docker/snapshot.ts';
import type { Clock } from '../lib/clock.ts';
import type { OperatingError } from '../lib/errors.ts';
import type { Logger } from '../lib/logger.ts';
import { OneAtATime } from '../lib/one-at-a-time.ts';
import {
  after,
  between,
  type Duration,
  type Instant,
  inMilliseconds,
  later,
  microseconds,
  seconds,
} from '../lib/time.ts';
import type { ConfigStore } from '../nginx/config-store.ts';
import type { NginxController, ReloadResult } from '../nginx/controller.ts';
import { freeAt, NO_RELOADS, noteReload, type Pace } from '../nginx/pace.ts';
import { type Barred, culpritOf, readRefusal } from '../nginx/refusal.ts';
import { renderedNames } from '../nginx/render.ts';
import { type Content, describeContent, NO_CONTENT, UpstreamsContent } from './upstreams-content.ts';
import type { Ending, PromotionReport, Step, UpstreamsReport } from './upstreams-report.ts';

export interface UpstreamsOptions {
  readonly store: Pick<ConfigStore, 'path' | 'read' | 'write'>;
  readonly controller: Pick<NginxController, 'isServing' | 'reload'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** A fresh list; undefined when Docker does not answer. */
  readonly relist: () => Promise<DockerSnapshot | undefined>;
  /** What labels and configuration ask for. */
  readonly plan: (snapshot: DockerSnapshot) => BackendPlan;
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

export class Upstreams {
  readonly #options: UpstreamsOptions;
  readonly #counts = {
    renders: 0,
    unchanged: 0,
    writes: 0,
    writeFailures: 0,
    reloads: 0,
    verified: 0,
    rolledBack: 0,
  };
  readonly #work = new OneAtATime();
  #updateQueued = false;
  #promotion: Promise<PromotionReport> | undefined;
  #stopped = false;
  #snapshot: DockerSnapshot | undefined;
  /** What the file holds, and the last of it that nginx took. */
  #onDisk: string | undefined;
  #accepted: string | undefined;
  #firstRead = true;
  /** What the bytes on disk wait for: nginx's start, or a reload that did not come through. */
  #pending: 'start' | 'reload' | undefined;
  #refused: { readonly bytes: string; readonly at: Instant } | undefined;
  readonly #composer = new UpstreamsContent();
  #content: Content = NO_CONTENT;
  #cancelHold: () => void = () => undefined;
  #cancelPace: () => void = () => undefined;
  #lastRender: Step | undefined;
  #lastReload: Step | undefined;
  #pace: Pace = NO_RELOADS;
  #lastVerify: Step | undefined;
  #degraded: string | undefined;

  constructor(options: UpstreamsOptions) {
    this.#options = options;
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
    this.#updateInTurn();
  }

  /** Lists, renders, reloads and verifies, changed or not. Never rejects; promotions that overlap are one. */
  promote(): Promise<PromotionReport> {
    this.#promotion ??= this.#work
      .run(() => this.#promote())
      .finally(() => {
        this.#promotion = undefined;
      });
    return this.#promotion;
  }

  /** Starts nothing new; settles when the run in progress has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelHold();
    this.#cancelPace();
    await this.#work.ended();
  }

  status(): UpstreamsReport {
    return {
      file: this.#options.store.path,
      content: this.#content,
      lastRender: this.#lastRender,
      lastReload: this.#lastReload,
      lastVerify: this.#lastVerify,
      counts: { ...this.#counts },
      degraded: this.#degraded,
    };
  }

  #updateInTurn(): void {
    void this.#work.run(async () => {
      const { clock, reloadsPerMinute } = this.#options;
      const now = clock.now();
      const free = freeAt(this.#pace, now, reloadsPerMinute);
      if (this.#stopped) return;
      // Waits out of turn: a promotion does not wait for the pace.
      if (free > now) this.#cancelPace = clock.after(between(now, free), () => this.#updateInTurn());
      else {
        this.#updateQueued = false;
        await this.#update(false);
      }
    });
  }

  async #promote(): Promise<PromotionReport> {
    const { clock, log, relist } = this.#options;
    const begun = clock.now();
    const fresh = await Promise.race([relist(), pause(clock, PROMOTION_RELIST)]);
    const listed = clock.now();
    this.#snapshot = fresh ?? this.#snapshot;
    const outcome = await this.#update(true);
    const rendered = later(listed, this.#lastRender?.at ?? listed);
    const verify =
      this.#lastVerify !== undefined && this.#lastVerify.at >= rendered ? this.#lastVerify.took : undefined;
    const report: PromotionReport = {
      relist: fresh === undefined ? undefined : between(begun, listed),
      render: this.#lastRender?.took ?? between(listed, listed),
      reload: microseconds(between(rendered, clock.now()) - (verify ?? 0)),
      verify,
      outcome,
    };
    log.info(
      {
        outcome,
        relistMs: report.relist === undefined ? 'no answer' : inMilliseconds(report.relist),
        renderMs: inMilliseconds(report.render),
        reloadMs: inMilliseconds(report.reload),
        verifyMs: verify === undefined ? 'not told' : inMilliseconds(verify),
      },
      'upstreams brought up to date for the promotion',
    );
    return report;
  }

  async #update(forced: boolean): Promise<Ending> {
    const snapshot = this.#snapshot;
    if (snapshot === undefined) return 'no-snapshot';
    if (!(await this.#read())) return 'write-failed';
    await this.#settle();
    const bytes = this.#render(snapshot);
    if (!forced && !this.#needed(bytes)) {
      this.#counts.unchanged++;
      this.#noteUnchanged(bytes);
      return 'unchanged';
    }
    if (bytes !== this.#onDisk) {
      if (!(await this.#write(bytes))) return 'write-failed';
      this.#tellChange();
    }
    return this.#reload(bytes);
  }

  async #read(): Promise<boolean> {
    const reading = await this.#options.store.read();
    if (!reading.ok) return this.#fileFailed(reading.error);
    this.#onDisk = reading.value;
    if (this.#firstRead) this.#accepted = reading.value;
    this.#firstRead = false;
    return true;
  }

  /** An nginx that came up after the file was written has read it. */
  async #settle(): Promise<void> {
    if (this.#pending !== 'start' || !(await this.#options.controller.isServing())) return;
    this.#pending = undefined;
    this.#accepted = this.#onDisk;
    this.#recovered('nginx started with the rendered upstreams');
  }

  #render(snapshot: DockerSnapshot): string {
    const { clock, plan } = this.#options;
    const begun = clock.now();
    const names = [this.#onDisk, this.#accepted].flatMap(file => renderedNames(file ?? ''));
    const content = this.#composer.render(plan(snapshot), names, begun);
    this.#warn(content.warnings);
    this.#content = content;
    this.#lookAgainAt(content.until);
    const now = clock.now();
    this.#counts.renders++;
    this.#lastRender = { at: now, took: between(begun, now), ok: true, detail: describeContent(content) };
    return content.bytes;
  }

  #lookAgainAt(at: Instant | undefined): void {
    const { clock } = this.#options;
    this.#cancelHold();
    if (at !== undefined) this.#cancelHold = clock.after(between(clock.now(), at), () => this.recheck());
  }

  #needed(bytes: string): boolean {
    if (this.#refused?.bytes === bytes) {
      return this.#options.clock.now() >= after(this.#refused.at, REFUSED_RETRY);
    }
    return bytes !== this.#onDisk || this.#pending === 'reload';
  }

  /** What nginx has is again what the labels ask for, without a reload: a fault that was reported is over. */
  #noteUnchanged(bytes: string): void {
    if (this.#pending !== undefined || this.#refused?.bytes === bytes) return;
    this.#refused = undefined;
    if (this.#degraded !== undefined) this.#recovered('the file is as nginx accepted it');
  }

  async #write(bytes: string | undefined): Promise<boolean> {
    const writing = await this.#options.store.write(bytes);
    if (!writing.ok) return this.#fileFailed(writing.error);
    this.#counts.writes++;
    this.#onDisk = bytes;
    return true;
  }

  async #reload(bytes: string): Promise<Ending> {
    const { clock, controller, errorsWithin, log, test } = this.#options;
    const culprit = this.#culprit(bytes, await test());
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
    const blamed = this.#culprit(bytes, await errorsWithin(between(begun, clock.now())));
    return blamed !== undefined && this.#leaveOut(blamed) ? this.#update(true) : result.outcome;
  }

  /** Its test found what nginx would refuse: it is not told to reload. */
  async #rejected(bytes: string, culprit: Barred): Promise<Ending> {
    await this.#takeBack(bytes, `nginx -t refuses the configuration: ${culprit.message}`);
    return this.#leaveOut(culprit) ? this.#update(true) : 'refused';
  }

  async #conclude(bytes: string, { outcome, detail }: ReloadResult): Promise<void> {
    switch (outcome) {
      case 'reloaded':
        this.#counts.verified++;
        this.#accepted = bytes;
        this.#pending = undefined;
        this.#refused = undefined;
        this.#recovered(this.#lastRender?.detail ?? detail);
        return;
      case 'not-running':
        this.#pending = 'start';
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
    if (bytes === this.#accepted) {
      this.#degrade(
        `${detail}; the upstreams are as it accepted them before, so the fault is in another file`,
      );
    } else if (await this.#write(this.#accepted)) {
      this.#counts.rolledBack++;
      this.#degrade(`${detail}; the last accepted upstreams are back in place`);
    }
  }

  /** What of the bytes is to blame for the refusal in a piece of nginx's error log; undefined when that cannot be told, or is not in them. */
  #culprit(bytes: string, errors: string | undefined): Barred | undefined {
    const refusal = readRefusal(errors ?? '');
    const culprit = refusal && culpritOf(refusal, this.#options.store.path, bytes);
    return culprit && { ...culprit, message: refusal.message };
  }

  /** From now on; false when too much is left out already. */
  #leaveOut(culprit: Barred): boolean {
    const { clock, log } = this.#options;
    if (this.#stopped || !this.#composer.bar(culprit, clock.now())) return false;
    const { message: refusal, ...what } = culprit;
    log.warn({ ...what, refusal }, 'nginx refused it; the rest goes in without it');
    return true;
  }

  #fileFailed(error: OperatingError): false {
    this.#counts.writeFailures++;
    this.#degrade(error.message);
    return false;
  }

  /** Told once for each reason; the reason stays in the status. */
  #degrade(reason: string): void {
    if (reason !== this.#degraded) this.#options.log.warn({ file: this.#options.store.path }, reason);
    this.#degraded = reason;
    this.#tellChange();
  }

  #recovered(detail: string): void {
    this.#degraded = undefined;
    this.#options.log.info({ file: this.#options.store.path, detail }, 'nginx serves the rendered upstreams');
    this.#tellChange();
  }

  #tellChange(): void {
    this.#options.onChange?.(this.status());
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings)
      if (!this.#content.warnings.includes(warning)) this.#options.log.warn({}, warning);
  }
}

function pause(clock: Clock, span: Duration): Promise<undefined> {
  return new Promise(resolve => {
    clock.after(span, () => resolve(undefined));
  });
}
