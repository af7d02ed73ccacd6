//! How the page looks.

/// The rules for everything but drawings.
pub(super) const RULES: &str = "\
:root{--ground:#fff;--ink:#17202a;--soft:#55606c;--rule:#dce2e8;--code:#f0f3f6;--accent:#2f6db5;--warn:#fff4e0;--warn-rule:#d08a1d}\
@media screen and (prefers-color-scheme:dark){:root{--ground:#11161c;--ink:#e8edf2;--soft:#a3afbb;--rule:#2b3540;\
--code:#1d252e;--accent:#7fb3f0;--warn:#33260f;--warn-rule:#d9a24a}}\
*{box-sizing:border-box}\
html{-webkit-text-size-adjust:100%}\
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,\"Segoe UI\",Roboto,Helvetica,\
Arial,sans-serif;overflow-wrap:anywhere}\
header,main{max-width:1240px;margin:0 auto;padding:0 20px}\
header{padding-top:28px}\
main{padding-bottom:60px}\
h1{font-size:28px;line-height:1.2;margin:0 0 8px}\
h2{font-size:21px;margin:44px 0 14px;padding-bottom:6px;border-bottom:1px solid var(--rule)}\
h3{font-size:17px;margin:28px 0 10px}\
p{margin:0 0 12px;max-width:75ch}\
header p{color:var(--soft);margin-bottom:6px}\
nav{display:flex;flex-wrap:wrap;gap:6px 18px;margin-top:16px}\
a{color:var(--accent)}\
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,\"Liberation Mono\",monospace;background:var(--code);\
border-radius:4px;padding:1px 5px}\
.short{white-space:nowrap}\
.unread{background:var(--warn);border-left:4px solid var(--warn-rule);padding:8px 12px;max-width:none}\
.none{color:var(--soft)}\
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:14px 24px;margin:0 0 18px}\
dt{color:var(--soft);font-size:13px}\
dd{margin:0}\
table{border-collapse:collapse;width:100%;font-size:14px;margin:0 0 18px}\
th,td{text-align:left;vertical-align:top;padding:7px 14px 7px 0;border-bottom:1px solid var(--rule)}\
th{color:var(--soft);font-weight:600;font-size:13px;white-space:nowrap}\
td div+div{margin-top:2px}\
figure{margin:0 0 10px}\
.frame{overflow-x:auto;border:1px solid var(--rule);border-radius:10px;background:var(--ground)}\
.frame svg{display:block;margin:0 auto;max-width:100%;height:auto}\
figcaption{color:var(--soft);font-size:13px;margin-top:6px}\
details{margin:0 0 18px}\
summary{cursor:pointer;color:var(--accent);font-size:14px;margin-bottom:6px}\
@media (max-width:760px){header,main{padding-left:14px;padding-right:14px}\
table,tbody,tr,td{display:block;width:100%}\
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\
tr{border:1px solid var(--rule);border-radius:10px;padding:8px 12px;margin-bottom:10px}\
td{border:0;padding:4px 0}\
td::before{content:attr(data-column);display:block;color:var(--soft);font-size:12px}\
td:has(>.none){display:none}}\
@media print{body{font-size:11px}header,main{max-width:none;padding:0}nav,summary{display:none}\
h2,h3{break-after:avoid}figure,tr{break-inside:avoid}.frame{overflow:visible;border:0}\
.frame svg{min-width:0!important}code{background:none;padding:0}}";
