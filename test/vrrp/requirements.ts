/**
 * What RFC 9568 (with its verified errata), RFC 3768, RFC 2338 and RFC 2402 require of a VRRP router, one row each, and where
 * Locum stands; with what draft-cassen-vrrp-auth-hmac says, which has no levels yet. `rfc.test.ts` proves the rows, checks that no MUST goes without, and keeps the table in src/vrrp/README.md in step.
 */

export type Level = 'MUST' | 'MUST NOT' | 'SHOULD' | 'SHOULD NOT' | 'MAY' | '-';

export interface Requirement {
  readonly id: number;
  /** Of RFC 9568 unless another is named; `e` and a number is an erratum. */
  readonly section: string;
  readonly level: Level;
  readonly text: string;
  /** `elsewhere`: proven by the tests that `reason` names, or by the kernel. */
  readonly status: 'done' | 'deviates' | 'elsewhere' | 'not-yet';
  /** Needed for all but `done`. */
  readonly reason?: string;
}

const HMAC_DRAFT = 'draft-cassen-vrrp-auth-hmac';
/** No RFC has it. */
const UNICAST = 'keepalived, unicast_peer';
const NO_VIRTUAL_MAC =
  'with `vmac` it is so (test/netns/vmac.test.ts); without, the addresses live on the interface with its own MAC';
const KERNEL = 'the kernel: a backup does not have the address (test/netns)';

type Row = readonly [id: number, level: Level, section: string, text: string];

const row =
  (status: Requirement['status']) =>
  (...[id, level, section, text, reason]: readonly [...Row, reason?: string]): Requirement => ({
    id,
    section,
    level,
    text,
    status,
    ...(reason === undefined ? {} : { reason }),
  });

const done = row('done');
const deviates = row('deviates');
const elsewhere = row('elsewhere');
const notYet = row('not-yet');

export const REQUIREMENTS: readonly Requirement[] = [
  done(1, 'MUST', '5.1.1.3', 'send with IPv4 TTL 255'),
  done(2, 'MUST', '5.1.2.3', 'send with IPv6 hop limit 255'),
  deviates(
    3,
    'MUST',
    '5.1.1.2, 5.1.2.2, 7.2',
    'send to 224.0.0.18 or ff02::12',
    'to the unicast peers instead, where there are any',
  ),
  done(4, 'MUST', '5.1.1.4, 5.1.2.4', 'IP protocol or next header 112, right after the IP header'),
  done(5, 'MUST', '7.2', 'source is the primary IPv4 or the link-local IPv6 address of the interface'),
  deviates(6, 'MUST', '7.2, 7.3', 'frames come from the virtual MAC', NO_VIRTUAL_MAC),
  elsewhere(
    7,
    'MUST NOT',
    '5.1.1.2, 5.1.2.2',
    'forward what is sent to the groups',
    'the kernel does not forward link-local multicast',
  ),
  done(8, 'MUST', '5.2.1, 5.2.2, 5.2.6', 'version 3, type 1, reserved bits zero'),
  done(9, '-', '5.2.3', 'a VRID from 1 to 255 names the router'),
  done(10, 'MUST', '5.2.4', 'the owner sends priority 255, others 1 to 254'),
  elsewhere(
    11,
    '-',
    '5.2.4',
    'tracking never moves a priority to 0 or 255',
    'test/tracking/priority.test.ts',
  ),
  done(12, 'MUST', '5.2.5, 5.2.9', 'at least one address, all of the family of the header'),
  deviates(
    13,
    'MUST',
    '5.2.9 (e8300)',
    'IPv6: the first address is link-local',
    'sent as configured: an address that services are reached at needs none beside it, and keepalived asks for none',
  ),
  done(14, 'MUST', '5.2.7, 6.1 (e8301)', 'version 3 interval: 1 to 4095 centiseconds'),
  deviates(
    15,
    'MUST',
    '5.2.8',
    'version 3 over IPv4: checksum over the message alone',
    'by default with the pseudo-header, as keepalived; `checksum: rfc9568` sends the other form',
  ),
  done(16, 'MUST', 'RFC 3768 5.3.8', 'version 2: checksum with the authentication data, no pseudo-header'),
  done(17, 'SHOULD', 'RFC 3768 5.3.10', 'version 2: eight octets of authentication data, zero when unused'),
  done(18, '-', 'RFC 3768 5.3.7', 'version 2: the interval in seconds'),
  done(19, 'SHOULD', '5.2.9', 'addresses keep the configured order'),
  deviates(
    20,
    'MUST',
    '5.1.1.3, 5.1.2.3, 7.1',
    'discard another TTL or hop limit than 255',
    'from unicast peers, which may be routers away, one below `min-ttl`',
  ),
  done(21, 'MUST', '7.1', 'discard another version'),
  done(22, 'MUST', '5.2.2, 7.1', 'discard an unknown type'),
  done(23, 'MUST', '7.1', 'discard an incomplete packet'),
  deviates(
    24,
    'MUST',
    '5.2.8, 7.1',
    'discard a wrong checksum',
    'version 3 over IPv4: right in any form is right',
  ),
  done(25, 'MUST', '7.1 (e8298)', 'discard a VRID that is not ours on this interface'),
  elsewhere(
    26,
    'SHOULD',
    '7.1 (e8298)',
    'the owner logs an advertisement that it hears',
    'test/app/router-journal.test.ts; once a minute for each sender',
  ),
  done(27, 'MUST', '5.2.5 (e8299)', 'ignore count 0'),
  done(28, 'MUST', '7.1 (e8301)', 'discard interval 0'),
  deviates(
    29,
    'MUST',
    '7.1 (e8300)',
    'discard an IPv6 list that begins with no link-local address',
    'kept and noted: to drop it would make a second master of every backup of a keepalived that has none',
  ),
  done(30, 'MUST', '5.2.6', 'ignore the reserved bits'),
  done(31, 'MUST', 'RFC 3768 7.1', 'version 2: discard another interval than ours'),
  done(32, 'SHOULD', '7.1, 6.4.2', 'version 3: keep another interval, note it, adopt it as backup'),
  done(33, 'MUST', 'RFC 3768 5.3.6', 'version 2: discard another authentication type than ours'),
  done(34, 'MUST', 'RFC 2338 5.3.6, 7.1', 'verify the password or the authentication header'),
  deviates(
    35,
    'MUST',
    'RFC 3768 7.1',
    'version 2: drop another address list unless the owner sent it (optional check)',
    'kept and noted in both versions, as keepalived does since 2.3.3',
  ),
  done(36, 'MUST', '7.1', 'what fails a check is discarded and counted by reason'),
  done(37, '-', '6.1', 'skew time and master-down interval of both versions'),
  done(38, 'MUST', '6.4.1 (e7947)', 'startup of the owner: advertise, announce, master'),
  done(39, 'MUST', '6.4.1', 'startup of the others: backup, master-down timer'),
  elsewhere(
    40,
    'MUST NOT',
    '6.4.2',
    'a backup answers ARP or neighbour solicitations for the addresses',
    KERNEL,
  ),
  elsewhere(41, 'MUST NOT', '6.4.2', 'a backup accepts packets to the addresses', KERNEL),
  done(42, 'MUST', '6.4.2', 'shutdown of a backup: no timer, init'),
  done(43, 'MUST', '6.4.2 (e7949)', 'the master-down timer fires: advertise, announce, master'),
  deviates(
    44,
    'MUST',
    '6.4.2',
    'backup hears priority 0: wait the skew time',
    '`timing: fast` waits the shorter hand-over skew and hears only the current master; `timing: rfc` is to the letter',
  ),
  done(45, 'MUST', '6.4.2', 'backup hears its master: adopt the interval, start the timer anew'),
  deviates(
    46,
    'MUST',
    '6.4.2',
    'backup that preempts hears a lower priority: discard, timer untouched',
    '`timing: fast` takes over soon when it is the current master that sank, and one that came back learns who that is; a preempt delay leaves it alone; `timing: rfc` without a delay is to the letter',
  ),
  done(47, '-', '6.1', 'the owner preempts whatever preempt says'),
  deviates(
    48,
    'MUST',
    '6.4.3, 8.1.2',
    'a master answers ARP and neighbour solicitations with the virtual MAC',
    NO_VIRTUAL_MAC,
  ),
  deviates(
    49,
    'MUST',
    '6.4.3, 6.1',
    'a master that is not the owner accepts packets to the addresses only in accept mode',
    'always in accept mode: nginx serves on the addresses',
  ),
  done(50, 'MUST', '6.4.3', 'shutdown of a master: advertise priority 0, init'),
  done(51, 'MUST', '6.4.3', 'the advertisement timer fires: advertise, start it anew'),
  done(52, 'MUST', '6.4.3', 'master hears priority 0: advertise, start the timer anew'),
  deviates(
    53,
    'MUST',
    '6.4.3',
    'master hears a better one: adopt its interval, backup',
    'with fast timing it resigns too, after the release, so that the winner announces again',
  ),
  deviates(
    54,
    'MUST',
    '6.4.3',
    'master hears a losing one: discard, advertise at once',
    'the first at once, further ones an interval or 100 ms apart; version 2 answers too, where RFC 3768 only discards',
  ),
  done(55, '-', '6.4.3', 'a master does not ask for preempt'),
  done(56, '-', '6.4.2, 6.4.3', 'equal priority: the address decides between masters only'),
  deviates(57, 'MUST NOT', '8.1.2', 'answer for the addresses with the physical MAC', NO_VIRTUAL_MAC),
  done(58, 'MUST', '8.1.2', 'announce only after the addresses are configured'),
  notYet(
    59,
    'SHOULD',
    '8.1.2',
    'announce when an interface is configured',
    'only the virtual addresses are announced',
  ),
  elsewhere(60, 'SHOULD', '8.2.4', 'accept unsolicited neighbour advertisements', 'the kernel does'),
  elsewhere(61, 'SHOULD NOT', '8.3.1', 'forward packets to the addresses unless owner', KERNEL),
  elsewhere(
    62,
    'SHOULD',
    '8.3.2',
    'one owner a link; log several, log equal priorities',
    'test/app/router-journal.test.ts; two owners settle by address',
  ),
  elsewhere(
    63,
    'SHOULD',
    '2.5',
    'log flapping that is of our own making',
    'test/app/router-journal.test.ts; three takeovers from silence within a minute',
  ),
  elsewhere(64, 'SHOULD', '8.1.2', 'manage a router by its own address', 'control is a unix socket'),
  elsewhere(
    65,
    'MUST NOT',
    '7.4',
    'derive interface identifiers from the virtual MAC',
    'the kernel is told to make none (test/netns/vmac.test.ts)',
  ),
  notYet(
    66,
    'MAY',
    '8.4.2',
    'speak versions 2 and 3 at once',
    'one version a router; the other one is discarded',
  ),
  done(67, '-', '5.2.3', 'one VRID in IPv4 and IPv6 is two virtual routers'),
  deviates(
    68,
    '-',
    '1',
    'the states are called active and backup',
    'master and backup, as users of keepalived know them',
  ),
  done(69, 'MUST', 'RFC 2402 2', 'AH: next header 112, length, reserved zero'),
  deviates(
    70,
    'MUST',
    'RFC 2402 3.3.3.1.1.1',
    'AH: what changes on the way counts as zero',
    'the TTL counts as it is in what is sent to the group, as in every keepalived since 1.2.20',
  ),
  deviates(
    71,
    'MUST',
    'RFC 2402 2.5, 3.3.2',
    'AH: sequence numbers only grow',
    'one count for the whole group, as keepalived; in the year 2106 it begins anew',
  ),
  done(72, 'MUST', 'RFC 2402 3.4.3', 'AH: discard a sequence number that was used before'),
  done(73, 'MUST', 'RFC 2402 3.4.4', 'AH: discard what was altered'),
  done(
    74,
    'MUST',
    'RFC 2402 2.4, 3.4.2',
    'AH: discard an SPI that nobody agreed on: it is the source address',
  ),
  done(75, '-', HMAC_DRAFT, 'the trailer: scheme 1, key, reserved zero, number, tag'),
  done(76, '-', HMAC_DRAFT, 'the tag covers message, source, family, version and VRID'),
  done(77, '-', HMAC_DRAFT, 'discard what has no trailer, an unknown key or a wrong tag'),
  done(78, '-', HMAC_DRAFT, 'discard a time outside the window, and a number that did not grow'),
  done(79, '-', HMAC_DRAFT, 'a group is changed over with receive-only and permissive'),
  done(80, 'MUST', '5.2.8, RFC 8200 8.1', 'version 3 over IPv6: checksum with the pseudo-header of IPv6'),
  deviates(
    81,
    'MUST',
    '6.4.1, 6.4.2',
    'IPv6: announce each address by an unsolicited neighbour advertisement: R 1, S 0, O 1, link-layer address',
    'R says whether the host forwards: nobody shall take a host for a router',
  ),
  elsewhere(82, 'MUST', '6.4.1, 6.4.2', "IPv6: join the addresses' solicited-node groups", 'the kernel does'),
  deviates(
    83,
    'MUST',
    '6.4.3, 8.2.3',
    'IPv6: a master sends router advertisements, with the virtual MAC',
    'the addresses are those of services, not of a default gateway; a daemon that sends them is told by a hook',
  ),
  elsewhere(
    84,
    'MUST NOT',
    '6.4.2, 8.2.3',
    'IPv6: a backup sends router advertisements',
    'Locum never sends any',
  ),
  elsewhere(
    85,
    'MUST NOT',
    '6.4.3',
    'IPv6: a master drops neighbour solicitations or advertisements because it does not accept packets',
    'it always accepts packets',
  ),
  done(86, '-', UNICAST, 'one advertisement to each peer, all alike but for what covers the destination'),
  done(87, '-', UNICAST, 'believe what is sent to us, from a peer, with the least TTL'),
  done(88, '-', UNICAST, 'the pseudo-header names the peer or, as in old ones, the group'),
  done(89, '-', UNICAST, 'AH: the TTL counts as zero, one number for all copies'),
];
