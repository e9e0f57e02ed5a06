/** Names of Locum from those of keepalived: lower-case words joined by single hyphens, of at most 32 characters, and no two alike. */

const LONGEST = 32;

export class Names {
  readonly #taken = new Set<string>();
  /** Where to go on counting, by the name that is numbered. */
  readonly #numbers = new Map<string, number>();

  /** A name like the wanted one that nothing has yet; `otherwise` where nothing of it can be kept. */
  claim(wanted: string, otherwise: string): string {
    const name = this.#free(spelled(wanted) || otherwise);
    this.#taken.add(name);
    return name;
  }

  #free(name: string): string {
    if (!this.#taken.has(name)) return name;
    for (let number = this.#numbers.get(name) ?? 2; ; number++) {
      const suffix = `-${number}`;
      const numbered = `${name.slice(0, LONGEST - suffix.length).replace(/-$/, '')}${suffix}`;
      if (this.#taken.has(numbered)) continue;
      this.#numbers.set(name, number + 1);
      return numbered;
    }
  }
}

/** What can be kept of a name; perhaps nothing. */
export function spelled(name: string): string {
  return name
    .slice(0, MOST_LOOKED_AT)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, LONGEST)
    .replace(/-$/, '');
}

/** Of a name that has thousands. */
const MOST_LOOKED_AT = 256;
