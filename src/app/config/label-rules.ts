/**
 * Settings that no label may hold. Labels come with images too: one that was pulled must not say what runs with Locum's capabilities, nor
 * to whom this node reports.
 */

/** Completes "cannot be a label: …"; undefined for a setting that may be one. */
export function whyNoLabel([first, , third]: readonly string[]): string | undefined {
  if (first === 'docker') return 'it is needed to read the labels';
  if (first === 'control')
    return 'the commands and the health check, which find the daemon by it, read no labels';
  if (first === 'http') return "an image's label would say who may read about this node";
  if ((first === 'track' || first === 'notify') && third === 'command')
    return "an image's label would run a program here";
  if (first === 'notify' && (third === 'url' || third === 'secret-file'))
    return "an image's label would say who is told of this node, and with which secret";
  return undefined;
}
