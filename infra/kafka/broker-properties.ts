/** PEM files: with them everything is TLS, and whoever connects shows a certificate. */
export interface BrokerStores {
  readonly keystore: string;
  readonly truststore: string;
}

/** One lean broker that is its own controller. Topics are made explicitly and kept for ever, as in production. */
export const brokerProperties = (logDir: string, brokerPort: number, controllerPort: number, stores?: BrokerStores): string => Object.entries({
  'process.roles': 'broker,controller',
  'node.id': 1,
  'listeners': `BROKER://127.0.0.1:${brokerPort},CONTROLLER://127.0.0.1:${controllerPort}`,
  'advertised.listeners': `BROKER://127.0.0.1:${brokerPort}`,
  'inter.broker.listener.name': 'BROKER',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': stores ? 'CONTROLLER:SSL,BROKER:SSL' : 'CONTROLLER:PLAINTEXT,BROKER:PLAINTEXT',
  ...(stores && {
    'ssl.keystore.type': 'PEM', 'ssl.keystore.location': escape(stores.keystore), 'ssl.truststore.type': 'PEM', 'ssl.truststore.location': escape(stores.truststore),
    'ssl.client.auth': 'required', 'ssl.enabled.protocols': 'TLSv1.3,TLSv1.2',
  }),
  'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
  'log.dirs': escape(logDir),
  'log.retention.ms': -1,
  'log.segment.bytes': 67_108_864,
  'auto.create.topics.enable': false,
  'num.partitions': 12,
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
  // A killed broker may register again only when its old session has run out.
  'broker.heartbeat.interval.ms': 500,
  'broker.session.timeout.ms': 3000,
  'num.network.threads': 2,
  'num.io.threads': 2,
  'background.threads': 2,
  'log.cleaner.threads': 1,
  'log.cleaner.dedupe.buffer.size': 2_097_152,
}).map(([name, value]) => `${name}=${String(value)}\n`).join('');

/** A properties file is read as Latin-1, and a backslash starts an escape. */
const escape = (value: string): string =>
  value.replaceAll('\\', '\\\\').replace(/[^\x20-\x7e]/gu, (character) =>
    [...Array(character.length).keys()].map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''));
