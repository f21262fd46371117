import t from 'tap';
import { commandIdOf, createdIdOf, eventIdOf } from './ids.js';

// Fixed for ever: these ids stand in the log, and another value would make every repeated request a new command.
t.test('ids never change', async (t) => {
  const commandId = commandIdOf('client-1', 'POST /v1/transfers', 'key-1');
  t.equal(commandId, 'd1a036a3-d6b4-5847-99d7-859b2a9ac2c6');
  t.equal(commandIdOf('柜员', 'POST /v1/accounts/:id/deposits', '存款 1'), '1abd815c-ac82-5f91-b8d0-c64395843dc7');
  t.equal(eventIdOf(commandId, 0), '3ff1f59d-8898-5ba7-9546-cf839ba185ca');
  t.equal(eventIdOf(commandId, 1), '9a32b153-7aff-5aee-9a19-9444cb208f43');
  t.equal(createdIdOf(commandId, 'customer'), '2a41b438-f851-5c46-84d1-ea171198dd67');
});

t.test('principal, route and key do not run into each other', async (t) => {
  const ids = [
    commandIdOf('a', 'b', 'c'), commandIdOf('ab', '', 'c'), commandIdOf('a', 'bc', ''), commandIdOf('', 'ab', 'c'), commandIdOf('a","b', '', 'c'), commandIdOf('a', 'b', 'd'),
    eventIdOf(commandIdOf('a', 'b', 'c'), 0), eventIdOf(commandIdOf('a', 'b', 'c'), 1), eventIdOf(commandIdOf('a', 'b', 'c'), 11), createdIdOf(commandIdOf('a', 'b', 'c'), 'account'),
    createdIdOf(commandIdOf('a', 'b', 'c'), 'hold'),
  ];
  t.equal(new Set(ids).size, ids.length);
  for (const id of ids) t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
