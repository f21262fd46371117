import { test } from 'tap';
import { alertingRules, dashboard, exposedBy, promqlFaults } from './monitoring.js';

test('panels lie beside each other, and alerts say whom they are for', async (t) => {
  const { panels } = dashboard();
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, i) => `${x + (i % w)}/${y + Math.floor(i / w)}`));
  t.equal(new Set(cells).size, cells.length, 'no panel covers another');
  t.ok(cells.every((cell) => Number(cell.split('/')[0]) < 24));
  const rules = alertingRules();
  t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, labels, annotations } of rules) t.ok(['page', 'ticket'].includes(labels.severity) && annotations.summary !== '', alert);
});

test('what nobody exposes is found', async (t) => {
  const exposed = exposedBy(['# TYPE lag gauge\nlag{projection="customers",role="api"} 0\n# TYPE quiet counter\n# TYPE took histogram\ntook_bucket{le="1"} 2\ntook_sum 1\ntook_count 2']);
  t.same(promqlFaults('max by (projection) (lag{instance=~"a.*"}) > 15', exposed), []);
  t.same(promqlFaults('histogram_quantile(0.99, sum by (le) (rate(took_bucket[$__rate_interval])))', exposed), []);
  t.same(promqlFaults('sum by (whose) (rate(quiet[5m]))', exposed), [], 'of what has had no value no label is known');
  t.same(promqlFaults('rate(lags[5m])', exposed), ['nobody exposes lags']);
  t.same(promqlFaults('max by (projektion) (lag)', exposed), ['lag has no label projektion']);
  t.same(promqlFaults('took > 1', exposed), ['nobody exposes took'], 'a histogram has parts alone');
  t.match(promqlFaults('max(lag', exposed), [/^no PromQL at/]);
});
