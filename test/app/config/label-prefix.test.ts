/** The prefix of labels: who may set it, which forms it may have, and that what is told of labels names it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dockerSettings } from '../../../src/app/config/load.ts';
import { configOf, load, onlyProblem, SMALLEST } from './support.ts';

const withPrefix = (prefix: string) => ({ ...SMALLEST, LOCUM_DOCKER__LABEL_PREFIX: prefix });

describe('the prefix of labels', () => {
  it('comes from the file or the environment, and is known before labels are', () => {
    const yaml = 'docker: {label-prefix: acme.locum}\n';
    assert.equal(configOf({ environment: SMALLEST }).docker.labelPrefix, 'locum');
    assert.equal(configOf({ environment: SMALLEST, yaml }).docker.labelPrefix, 'acme.locum');
    assert.equal(configOf({ environment: withPrefix('web-2'), yaml }).docker.labelPrefix, 'web-2');
    const sources = { file: { name: 'locum.yaml', content: yaml }, environment: SMALLEST };
    assert.equal(dockerSettings(sources)?.labelPrefix, 'acme.locum');
  });

  it('is no label', () => {
    const labels = { 'locum.docker.label-prefix': 'acme' };
    const problem = onlyProblem(load({ environment: SMALLEST, labels }).problems, 'docker.label-prefix');
    assert.match(problem.what, /cannot be a label: it is needed to read the labels/);
  });

  it('has the form that Docker asks of labels, and is none that Docker keeps for itself', () => {
    for (const prefix of ['l', 'acme', 'com.example.locum', 'my-locum.2', 'com.dockers', 'a'.repeat(40)])
      assert.deepEqual(load({ environment: withPrefix(prefix) }).problems, [], prefix);
    const bad = ['.', 'a.', '.a', 'a..b', 'a--b', 'A', 'a b', 'ü', 'a_b', 'a\nb', 'a;', '$a', 'a'.repeat(41)];
    for (const prefix of [...bad, 'com.docker', 'com.docker.compose', 'io.docker.x', 'org.dockerproject'])
      assert.match(
        onlyProblem(load({ environment: withPrefix(prefix) }).problems, 'docker.label-prefix').what,
        /^must be 1 to 40 of a-z/,
        prefix,
      );
  });

  it('stands in what is said of settings that labels can have', () => {
    const labels = { 'locum.prioritty': '100', 'locum.track.nginx.weight': 'heavy' };
    const { problems } = load({ environment: withPrefix('acme.ha'), labels });
    assert.deepEqual(problems.map(({ source }) => source).sort(), [
      'label acme.ha.prioritty on container web1',
      'label acme.ha.track.nginx.weight on container web1',
    ]);
    const { LOCUM_VIP: _, ...incomplete } = withPrefix('acme.ha');
    assert.match(
      load({ environment: incomplete }).problems[0]?.fix ?? '',
      /the label acme\.ha\.vip on the proxy/,
    );
    const nothing = load({ environment: { LOCUM_DOCKER__LABEL_PREFIX: 'acme.ha' } }).problems[0];
    assert.match(nothing?.fix ?? '', /the labels acme\.ha\.vrid=51 and acme\.ha\.vip=/);
  });
});
