import type { Topic } from '../../shared/event-bus/port.js';
import type { Projection } from '../../shared/read-store/projection.js';

/** A projection says of every event of its topics whether it applies it. One that forgot some must not start: it would be wrong without a sign. */
export function checkCoverage(projection: Projection, typesOf: (topic: Topic) => readonly string[]): void {
  const all = projection.topics.flatMap((topic) => typesOf(topic));
  const handled = new Set(projection.handles);
  const faults = [
    ...projection.ignores.filter((type) => handled.has(type)).map((type) => `both handles and ignores ${type}`),
    ...all.filter((type) => !handled.has(type) && !projection.ignores.includes(type)).map((type) => `says nothing of ${type}`),
    ...[...projection.handles, ...projection.ignores]
      .filter((type) => !all.includes(type))
      .map((type) => `names ${type}, which is none of its topics' events`),
    ...(/^[a-z][a-z_]*$/.test(projection.name) ? [] : ['its name is not lower case letters and underscores']),
  ];
  if (faults.length > 0) throw new Error(`projection ${projection.name}: ${faults.join('; ')}`);
}
