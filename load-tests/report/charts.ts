import { init, use } from 'echarts/core';
import { BarChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

export interface Series {
  readonly name: string;
  /** One for each category; null: none. */
  readonly values: readonly (number | null)[];
}

export interface Bars {
  readonly title: string;
  readonly unit: string;
  readonly categories: readonly string[];
  readonly series: readonly Series[];
  readonly stacked?: boolean;
  /** Values that lie far apart. */
  readonly logarithmic?: boolean;
}

const ROW = 26;
const FRAME = 110;
const WIDTH = 900;

/** A drawing of horizontal bars, as SVG that needs nothing else. */
export function barsOf({ title, unit, categories, series, stacked = false, logarithmic = false }: Bars): string {
  const rows = categories.length * (stacked ? 1.4 : series.length * 0.8 + 0.6);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height: FRAME + rows * ROW });
  chart.setOption({
    animation: false,
    title: { text: title, left: 0, top: 0, textStyle: { fontSize: 15 } },
    legend: { top: 32, left: 0 },
    grid: { left: 130, right: 70, top: 68, bottom: 40 },
    xAxis: { type: logarithmic ? 'log' : 'value', name: unit, nameLocation: 'middle', nameGap: 24 },
    yAxis: { type: 'category', data: [...categories], inverse: true, axisTick: { show: false } },
    series: series.map(({ name, values }) => ({
      name, type: 'bar', data: [...values], ...(stacked && { stack: 'all' }),
      label: { show: !stacked, position: 'right', formatter: ({ value }: { value: unknown }) => (typeof value === 'number' ? short(value) : '') },
    })),
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}

const short = (value: number): string => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2));
