/**
 * The icons that the page uses, each from its own file: the package's front
 * door would make every build read two thousand of them.
 */
export { default as Activity } from "lucide-icons/activity.mjs";
export { default as ArrowLeft } from "lucide-icons/arrow-left.mjs";
export { default as Bot } from "lucide-icons/bot.mjs";
export { default as Cctv } from "lucide-icons/cctv.mjs";
export { default as ChartColumn } from "lucide-icons/chart-column.mjs";
export { default as ChevronLeft } from "lucide-icons/chevron-left.mjs";
export { default as ChevronRight } from "lucide-icons/chevron-right.mjs";
export { default as FileCheck } from "lucide-icons/file-check.mjs";
export { default as Flame } from "lucide-icons/flame.mjs";
export { default as Inbox } from "lucide-icons/inbox.mjs";
export { default as Keyboard } from "lucide-icons/keyboard.mjs";
export { default as LayoutGrid } from "lucide-icons/layout-grid.mjs";
export { default as ListChecks } from "lucide-icons/list-checks.mjs";
export { default as MapIcon } from "lucide-icons/map.mjs";
export { default as Maximize2 } from "lucide-icons/maximize-2.mjs";
export { default as Moon } from "lucide-icons/moon.mjs";
export { default as Pencil } from "lucide-icons/pencil.mjs";
export { default as Play } from "lucide-icons/play.mjs";
export { default as Plus } from "lucide-icons/plus.mjs";
export { default as Printer } from "lucide-icons/printer.mjs";
export { default as Repeat } from "lucide-icons/repeat.mjs";
export { default as Save } from "lucide-icons/save.mjs";
export { default as Settings } from "lucide-icons/settings.mjs";
export { default as Sun } from "lucide-icons/sun.mjs";
export { default as SunMoon } from "lucide-icons/sun-moon.mjs";
export { default as Trash2 } from "lucide-icons/trash.mjs";
export { default as AlertTriangle } from "lucide-icons/triangle-alert.mjs";
export { default as Undo2 } from "lucide-icons/undo-2.mjs";
export { default as UserRound } from "lucide-icons/user-round.mjs";
export { default as Volume2 } from "lucide-icons/volume-2.mjs";
export { default as VolumeX } from "lucide-icons/volume-x.mjs";
export { default as X } from "lucide-icons/x.mjs";
