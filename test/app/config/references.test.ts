/** Settings that name others: the names must be there, and a wrong one is told with the nearest that is. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const yaml = (more: string) => ({ environment: SMALLEST, yaml: more });
const TRACK = 'track: {nginx: {type: process, name: nginx}, db: {type: process, name: db}}\n';

describe('the trackers of a virtual router', () => {
  const trackOf = (text: string) =>
    configOf(yaml(`${TRACK}vrrp: {web: {track: ${text}}}\n`)).vrrp['web']?.track;

  it('are named in a list, in one text, or not at all', () => {
    assert.deepEqual(trackOf('[nginx]'), ['nginx']);
    assert.deepEqual(trackOf('"nginx, db"'), ['nginx', 'db']);
    assert.deepEqual([trackOf('none'), trackOf('[]')], [[], []]);
    assert.equal(configOf({ environment: SMALLEST }).vrrp['default']?.track, undefined);
  });

  it('can be the one that is there by default', () => {
    const environment = { ...SMALLEST, LOCUM_VRRP__WEB__TRACK: 'nginx' };
    assert.deepEqual(configOf({ environment }).vrrp['web']?.track, ['nginx']);
  });

  it('leave the trackers themselves their short name', () => {
    const environment = { ...SMALLEST, LOCUM_TRACK__DB__TYPE: 'process', LOCUM_TRACK__DB__NAME: 'db' };
    assert.deepEqual(Object.keys(configOf({ environment }).track), ['db']);
  });

  it('must be there', () => {
    const { problems } = load(yaml(`${TRACK}vrrp: {web: {track: [ngnix]}}\n`));
    const { what, source, fix } = onlyProblem(problems, 'vrrp.web.track');
    assert.deepEqual(
      [what, source, fix],
      ['names "ngnix", which is no tracker', '/etc/locum/locum.yaml:2', 'did you mean nginx?'],
    );
  });

  it('are named once', () => {
    const { problems } = load(yaml(`${TRACK}vrrp: {web: {track: [db, db]}}\n`));
    assert.match(onlyProblem(problems, 'vrrp.web.track').what, /has db twice/);
  });
});

describe('the virtual routers of a hook', () => {
  const hook = (routers: string) => yaml(`notify: {h: {type: exec, command: /bin/h, routers: ${routers}}}\n`);

  it('are all unless they are named', () => {
    assert.equal(configOf(hook('null')).notify['h']?.routers, undefined);
    assert.deepEqual(configOf(hook('default')).notify['h']?.routers, ['default']);
  });

  it('must be there, and some', () => {
    const wrong = onlyProblem(load(hook('[defualt]')).problems, 'notify.h.routers');
    assert.deepEqual(
      [wrong.what, wrong.fix],
      ['names "defualt", which is no virtual router', 'did you mean default?'],
    );
    assert.match(onlyProblem(load(hook('[]')).problems, 'notify.h.routers').what, /is empty/);
  });
});

describe('the Docker engine with docker.enabled auto', () => {
  const enabled = (more: Readonly<Record<string, string>>, engineSilent: boolean) => {
    const environment = { ...SMALLEST, LOCUM_DOCKER__ENABLED: 'auto', ...more };
    return configOf({ environment, engineSilent }).docker.enabled;
  };
  const WITHOUT = { LOCUM_NGINX__UPSTREAMS_FILE: 'off' };

  it('is used where it answers, or something needs it', () => {
    assert.equal(enabled(WITHOUT, false), true);
    assert.equal(enabled({}, true), true);
    assert.equal(enabled({ ...WITHOUT, LOCUM_TRACK__WEB__TYPE: 'docker' }, true), true);
    assert.equal(enabled({ ...WITHOUT, LOCUM_TRACK__WEB__TYPE: 'upstreams' }, true), true);
  });

  it('is done without where it does not answer and nothing needs it', () => {
    assert.equal(enabled(WITHOUT, true), false);
  });
});
