/** What a fault is: a function that begins it in a scene, and gives the way to end it. */

import type { Installation } from './config.ts';
import type { Lan } from './lan.ts';
import type { Node } from './node.ts';
import type { World } from './world.ts';

export interface Scene {
  readonly world: World;
  readonly lan: Lan;
  readonly nodes: readonly Node[];
  readonly installation: Installation;
}

export type End = () => void;

/** A fault that began: what it is, and how it ends. */
export interface Begun {
  readonly text: string;
  readonly end: End;
}

export type Begin = (scene: Scene) => Begun;
