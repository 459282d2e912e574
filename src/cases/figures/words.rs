//! The words of a report, in English and in Chinese, and its columns.

use super::Figures;
use super::ReportBy;

/// What a report is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    Chinese,
}

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    Html,
    Csv,
    Json,
}

impl Language {
    /// "en" or "zh".
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
        }
    }

    pub(super) const fn pick(self, (english, chinese): Words) -> &'static str {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }
}

impl ReportFormat {
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "html" => Some(Self::Html),
            "csv" => Some(Self::Csv),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
        }
    }
}

/// English, Chinese.
pub(super) type Words = (&'static str, &'static str);

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    Count(u64),
    /// 0 to 1.
    Share(Option<f64>),
    Seconds(Option<f64>),
}

/// One figure of each row.
pub(super) struct Column {
    pub(super) key: &'static str,
    pub(super) title: Words,
    pub(super) cell: fn(&Figures) -> Cell,
}

const fn column(key: &'static str, title: Words, cell: fn(&Figures) -> Cell) -> Column {
    Column { key, title, cell }
}

pub(super) static COLUMNS: [Column; 26] = [
    column("found", ("Found", "发现"), |f| Cell::Count(f.found)),
    column("filed", ("Filed", "立案"), |f| Cell::Count(f.filed)),
    column("rejected", ("False", "误报"), |f| Cell::Count(f.rejected)),
    column("merged", ("Merged", "并案"), |f| Cell::Count(f.merged)),
    column("dispatched", ("Sent", "派遣"), |f| Cell::Count(f.dispatched)),
    column("sent_in_time_share", ("Sent in time", "按时派遣率"), |f| {
        Cell::Share(f.sent_in_time_share)
    }),
    column("handled", ("Handled", "处置"), |f| Cell::Count(f.handled)),
    column("closed", ("Closed", "结案"), |f| Cell::Count(f.closed)),
    column("on_time", ("On time", "按期"), |f| Cell::Count(f.on_time)),
    column("overdue", ("Overdue", "超期"), |f| Cell::Count(f.overdue)),
    column("on_time_share", ("On time %", "按期率"), |f| Cell::Share(f.on_time_share)),
    column("returned", ("Returned", "退回"), |f| Cell::Count(f.returned)),
    column("returned_share", ("Returned %", "退回率"), |f| Cell::Share(f.returned_share)),
    column("repeats", ("Repeats", "重复"), |f| Cell::Count(f.repeats)),
    column("repeat_share", ("Repeats %", "重复率"), |f| Cell::Share(f.repeat_share)),
    column("hot_spots", ("Hot spots", "高发点"), |f| Cell::Count(f.hot_spots)),
    column("excused", ("Excused", "首违免罚"), |f| Cell::Count(f.excused)),
    column("judged", ("Judged", "已评判"), |f| Cell::Count(f.judged)),
    column("right_share", ("Right %", "准确率"), |f| Cell::Share(f.right_share)),
    column("intake_s", ("Intake", "受理"), |f| Cell::Seconds(f.median.intake_s)),
    column("dispatch_s", ("Dispatch", "派遣"), |f| Cell::Seconds(f.median.dispatch_s)),
    column("accept_s", ("Accept", "接单"), |f| Cell::Seconds(f.median.accept_s)),
    column("handle_s", ("Handle", "处置"), |f| Cell::Seconds(f.median.handle_s)),
    column("check_s", ("Check", "核查"), |f| Cell::Seconds(f.median.check_s)),
    column("close_s", ("Close", "结案"), |f| Cell::Seconds(f.median.close_s)),
    column("whole_s", ("Whole", "全程"), |f| Cell::Seconds(f.median.whole_s)),
];

/// A page has no room for counts whose shares stand beside them; a sheet has them all.
const ONLY_IN_SHEETS: [&str; 6] = ["merged", "closed", "on_time", "returned", "repeats", "judged"];

/// The columns of a page, each with its place among all of them.
pub(super) fn page_columns() -> impl Iterator<Item = (usize, &'static Column)> {
    let on_page = |(_, column): &(usize, &Column)| !ONLY_IN_SHEETS.contains(&column.key);
    COLUMNS.iter().enumerate().filter(on_page)
}

/// The columns from this one on are median times.
pub(super) const FIRST_MEDIAN: usize = 19;

pub(super) const TITLE: Words = ("Case report", "案件统计报告");
pub(super) const TO: Words = ("to", "至");
pub(super) const AS_OF: Words = ("as of", "统计时间");
pub(super) const RANK: Words = ("Rank", "名次");
pub(super) const SCORE: Words = ("Score", "得分");
pub(super) const TOTAL: Words = ("Total", "合计");
pub(super) const NONE: Words = ("(none)", "(无)");
pub(super) const CASES: Words = ("Cases", "案件数");
pub(super) const MEDIANS: Words = ("Median time of a stage", "各阶段中位用时");
pub(super) const PLACE: Words = ("Place", "地点");
pub(super) const CLASS: Words = ("Class", "类别");
pub(super) const LAST: Words = ("Last", "最近一次");
pub(super) const HOT_SPOTS: Words = ("Hot spots", "高发点位");
pub(super) const OUTCOMES: Words = ("Outcomes", "处置结果");
pub(super) const OUTCOME: Words = ("Outcome", "结果");
pub(super) const NO_CASES: Words = ("No case was found in these days.", "所选日期内没有案件。");
pub(super) const HOW: Words = ("How it is counted", "统计口径");

pub(super) const fn by_words(by: ReportBy) -> Words {
    match by {
        ReportBy::Day => ("Day", "日期"),
        ReportBy::Week => ("Week from", "周(起)"),
        ReportBy::Month => ("Month from", "月(起)"),
        ReportBy::Grid => ("Grid", "网格"),
        ReportBy::Unit => ("Unit", "单位"),
        ReportBy::Road => ("Road", "道路"),
        ReportBy::Class => ("Class", "类别"),
    }
}

pub(super) const NOTES: [Words; 5] = [
    (
        "A case counts in the time in which it was found, by the days of the city. False and merged cases count as found and as such, and in nothing else.",
        "案件按发现时间、城市当地日期归入统计。误报与并案案件只计入发现数及各自一栏。",
    ),
    (
        "Sent in time: somebody was sent within the time of intake and dispatch. On time: handled, the last time, before the class's deadline. Overdue: handled later, or not yet handled and past a deadline. What a stage may take follows the city's clocks and working days.",
        "按时派遣:在受理与派遣时限内派出。按期:末次处置早于该类别期限。超期:处置晚于期限,或尚未处置且已过期限。各时限按城市的计时规则与工作日历计算。",
    ),
    (
        "Repeats came after another case of the same class before the same camera and zone within the days of a hot spot; a hot spot has so many of them as the city says.",
        "重复:在高发点统计天数内,同一摄像机、同一区域、同一类别此前已有案件。高发点:达到城市规定次数的地点。",
    ),
    (
        "Medians are of cases that went through the stage; handling runs on the clock of its class and leaves out suspended cases.",
        "中位用时只统计经过该阶段的案件;处置用时按类别的计时规则,不含挂起案件。",
    ),
    (
        "Right: of the cases that a person judged, those that were cases.",
        "准确率:经人工评判的案件中属实的比例。",
    ),
];

pub(super) const FORMULA: Words = (
    super::report::FORMULA,
    "得分 = 50 × 按期数 ÷ (按期 + 超期) + 20 × 按时派遣 ÷ 派遣 + 20 × (1 − 退回 ÷ 派遣) \
     + 10 × (1 − 重复 ÷ 有效案件);分母为零的项计满分;按期与超期合计不足 5 件的不排名",
);
