import { test } from 'tap';
import { missingTools } from './real-parts.js';

const machine = (tools: Record<string, string>) => (command: string): string | undefined => tools[command];
const whole = { 'java': 'openjdk version "17.0.15" 2025-04-15', 'mvn': 'Apache Maven 3.8.7', 'redis-server': 'Redis server v=7.0.15' };
const named = (tools: Record<string, string>, isCached = false): string[] => missingTools(machine(tools), isCached).map(({ tool }) => tool);

test('says exactly what is missing', async (t) => {
  t.same(named(whole), []);
  t.same(named({}), ['java', 'mvn', 'redis-server']);
  t.same(named({}, true), ['java', 'redis-server'], 'Maven is needed only to fetch');
  t.same(named({ ...whole, java: 'java version "1.8.0_402"' }), ['java'], 'Java 8 is too old');
  t.match(missingTools(machine({ ...whole, java: 'java version "1.8.0_402"' }), true)[0]?.message, /java on PATH is version 8/);
  t.match(missingTools(machine({}), true)[0]?.message, /no java on PATH.*apt-get install/);
});
