// Draws the charts of the reports from the numbers that stand in data-chart; the table beside each says the same.
"use strict";

const INK = "#22211d";
const SOFT = "#5c574c";
const LINE = "#e2dacb";
const COLOURS = { confirmed: "#256246", pending: "#d9b264", held: "#c4bcab", target: "#8b8372", pace: "#b3361d", purchase: "#256246", assisted: "#8fae97" };

function draw(element) {
  const given = JSON.parse(element.dataset.chart);
  const lines = given.series.map((series) => ({
    name: series.name,
    type: series.type || "bar",
    stack: series.stack,
    data: series.values,
    symbol: "none",
    barMaxWidth: 28,
    itemStyle: { color: COLOURS[series.colour] },
    lineStyle: { color: COLOURS[series.colour], width: 2, type: series.dashed ? "dashed" : "solid" },
  }));
  const chart = window.echarts.init(element, null, { renderer: "svg" });
  const names = { type: "category", data: given.categories, axisTick: { show: false }, axisLine: { lineStyle: { color: SOFT } }, axisLabel: { color: INK, fontSize: 13 } };
  const numbers = { type: "value", name: given.unit, nameTextStyle: { color: SOFT, align: "left" }, axisLabel: { color: SOFT }, splitLine: { lineStyle: { color: LINE } } };
  if (given.horizontal) names.inverse = true;
  chart.setOption({
    animationDuration: 500,
    textStyle: { fontFamily: "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif" },
    aria: { enabled: true, description: element.getAttribute("aria-label") },
    grid: { left: 8, right: 24, top: 48, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: { color: INK, fontSize: 13 }, itemWidth: 14, itemHeight: 10 },
    // Rich text, because an HTML tooltip carries inline styles, which the content policy refuses.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    xAxis: given.horizontal ? numbers : names,
    yAxis: given.horizontal ? names : numbers,
    series: lines,
  });
  new ResizeObserver(() => chart.resize()).observe(element);
}
document.querySelectorAll("[data-chart]").forEach(draw);
