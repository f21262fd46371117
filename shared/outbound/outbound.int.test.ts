import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { createOutbound } from './outbound.js';

const INSIDE = [
  'https://127.0.0.1/', 'https://127.1/', 'https://0x7f000001/', 'https://2130706433/', 'https://0177.0.0.1/', 'https://0.0.0.0/', 'https://10.0.0.1/', 'https://172.16.0.1/', 'https://192.168.1.1/',
  'https://169.254.169.254/latest/meta-data', 'https://100.64.0.1/', 'https://[::1]/', 'https://[::]/', 'https://[::ffff:127.0.0.1]/', 'https://[::ffff:a00:1]/', 'https://[fe80::1]/', 'https://[fd00::1]/',
  'https://[64:ff9b::7f00:1]/', 'https://[2002:7f00:1::]/', 'https://224.0.0.1/', 'https://255.255.255.255/', 'https://192.0.2.1/', 'https://198.18.0.1/',
];
const NONE = ['http://siem.example/', 'file:///etc/passwd', 'ftp://siem.example/', 'gopher://siem.example/', 'javascript:alert(1)', 'https://a:b@siem.example/', 'https://a@siem.example/', '//siem.example/', 'siem.example', ''];

t.test('an address within, however it is written, or another scheme, is told at once; networks that are named are let', async (t) => {
  const outbound = createOutbound([]);
  for (const url of [...INSIDE, ...NONE]) t.ok(outbound.faultOf(url), url);
  for (const url of ['https://siem.example/alerts?x=1', 'https://93.184.216.34/', 'https://[2606:2800:220:1::1]/', 'https://siem.example:8443/']) t.equal(outbound.faultOf(url), undefined, url);
  const named = createOutbound(['10.1.0.0/16', '127.0.0.1', 'fd00::/8']);
  for (const url of ['https://10.1.2.3/', 'http://10.1.2.3/', 'http://siem.example/', 'https://[::ffff:127.0.0.1]/', 'http://[fd00::1]/']) t.equal(named.faultOf(url), undefined, url);
  for (const url of ['https://10.2.0.1/', 'https://127.0.0.2/', 'http://93.184.216.34/', 'https://[fe80::1]/', 'https://a:b@10.1.2.3/']) t.ok(named.faultOf(url), url);
});

t.test('a name that leads within is not called, whatever it said before; a redirect is not followed; an endless answer is not read', async (t) => {
  const got: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    got.push(request);
    if (request.url === '/endless') {
      response.writeHead(200);
      const more = (): unknown => response.writable && response.write('x'.repeat(65_536), more);
      more();
    } else response.writeHead(request.url === '/away' ? 302 : 204, { location: '/elsewhere' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const sent = { headers: { 'content-type': 'application/json' }, body: '{}', signal: AbortSignal.timeout(5_000) };
  // `localhost` is a name: nothing in the text tells where it leads.
  for (const networks of [[], ['10.0.0.0/8']]) {
    const outbound = createOutbound(networks);
    for (const url of [`https://localhost:${port}/`, `http://localhost:${port}/`, `https://127.0.0.1:${port}/`]) await t.rejects(outbound.post(url, sent), { code: 'address_refused' }, `${url} ${networks.join()}`);
  }
  t.equal(got.length, 0);

  const named = createOutbound(['127.0.0.1', '::1']);
  t.equal(await named.post(`http://127.0.0.1:${port}/`, sent), 204, 'control');
  t.equal(await named.post(`http://localhost:${port}/`, sent), 204, 'control, by name');
  t.equal(await named.post(`http://127.0.0.1:${port}/away`, sent), 302);
  t.equal(await named.post(`http://127.0.0.1:${port}/endless`, sent), 200);
  t.same(got.map(({ url }) => url), ['/', '/', '/away', '/endless']);
  await t.rejects(named.post(`http://127.0.0.1:${port}/`, { ...sent, signal: AbortSignal.abort() }), { name: 'AbortError' });
});
