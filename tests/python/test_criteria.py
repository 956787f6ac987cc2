"""Faults put into good criteria, one kind at a time: each is found with its file, line, column, value and what is allowed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadhouse.criteria import check_criteria
from leadhouse.criteria_rows import FILES
from leadhouse.errors import Problem
from leadhouse.paths import PROJECT_ROOT

GOOD: dict[str, str] = {
    "scoring/scorecards.csv": """\
scorecard_id,description,is_champion,max_score
main,The criteria in use,true,100
trial,"Challenger,
for a trial",false,80
""",
    "scoring/score_groups.csv": """\
scorecard_id,group_id,dimension,min_points,max_points
main,company,fit,-10,30
main,web,engagement,0,
trial,company,fit,,
trial,web,engagement,,40
""",
    "scoring/fit_rules.csv": """\
scorecard_id,rule_id,group_id,attribute,operator,value,points,valid_from,valid_to,description
main,industry,company,industry,in,Software|Retail,8,,2026-01-01,Target industries
main,industry,company,industry,in,Software,10,2026-01-01,,Target industries
main,size,company,employee_count,between,50|500,5.5,,,Why
main,website,company,company_domain,is_present,,1,,,Why
main,level,company,job_level,equals,c_level,10,,,Why
main,free,company,is_free_email,equals,true,-5,,,Why
main,plan,company,plan_interest,contains,pro,2,,,Why
trial,industry,company,account_industry,equals,Software,8,,,Why
""",
    "scoring/engagement_rules.csv": """\
scorecard_id,rule_id,group_id,activity_type,points,min_count,window_days,max_points,decay,decay_days,decay_percent,valid_from,valid_to,description
main,pricing,web,pricing_page_view,20,3,30,20,none,,,,,Why
main,views,web,page_view,1,,90,6,exponential,7,50,,2026-01-01 12:00:00,Why
main,views,web,page_view,2,,90,6,linear,7,20,2026-01-01 12:00:00,,Why
main,idle,web,inactivity,-10,1,90,20,none,,,,,Why
trial,pricing,web,pricing_page_view,4,,,,none,,,,,Why
""",
    "scoring/score_bands.csv": """\
scorecard_id,dimension,band,min_points
main,fit,A,20
main,fit,D,0
main,engagement,1,30
main,engagement,4,0
trial,fit,D,0
trial,engagement,4,0
""",
    "lifecycle/stage_rules.csv": """\
scorecard_id,stage,rule_id,clause,metric,operator,value,window_days,valid_from,valid_to,description
main,mql,score,1,score,>=,40,,,,Why
main,mql,score,1,score,>=,50,,2026-01-01,,Why
main,mql,score,2,fit_score,>=,10,,,,Why
main,mql,pricing,1,count:pricing_page_view,>=,3,30,,,Why
main,sql,opens,1,last_emails_opened,>=,3,,,,Why
main,sql,opens,2,count:inactivity,<=,0,,,,Why
""",
    "lifecycle/exclusions.csv": """\
attribute,operator,value,reason
email_domain,in,rival.example|other.example,competitor
is_disposable_email,equals,true,disposable
""",
    "lifecycle/crm_statuses.csv": """\
system,status,stage,reason
generic,mql,mql,
generic,Bad fit,disqualified,bad fit
""",
    "lifecycle/targets.csv": """\
month,channel,stage,target
2026-07-01,all,mql,90
2026-07-01,Paid Search,sql,0
2026-08-01,Organic Search,customer,3
2026-08-01,Unassigned,lead,5
""",
    "lifecycle/next_steps.csv": """\
priority,stage,rule_id,activity_type,window_days,next_step
10,sql,opens,,,Call about the prices
20,,,pricing_page_view,30,Ask about the budget
30,,score,intent:commercial,,Ask what they look for
40,,,,,Call
""",
    "lifecycle/nurture_contents.csv": """\
content_type,activity_type,match,pattern
prices,pricing_page_view,,
faq,page_view,contains,faq
""",
    "lifecycle/nurture_rules.csv": """\
priority,stage,seen_activity_type,not_seen_activity_type,last_emails_opened,next_content_type,description
10,mql,page_view,intent:commercial,3,prices,Why
20,,,,,faq,Why
""",
    "mapping/activity_types.csv": """\
activity_type,category,intent,is_inbound,description
page_view,web,none,true,A page
pricing_page_view,web,commercial,true,A page with prices
inactivity,web,none,false,Nothing for a month
""",
    "mapping/activity_rules.csv": """\
priority,entity,field,match,pattern,activity_type
10,web_events,page_path,prefix,/pricing,pricing_page_view
20,message_events,channel_event,equals,email_opened,page_view
30,web_events,event_name,like,page%view,page_view
""",
    "mapping/topics.csv": "priority,match,pattern,topic\n10,contains,scoring,lead scoring\n20,prefix,/blog/seo,reach\n",
    "mapping/channel_rules.csv": """\
priority,channel,clause,field,match,pattern
10,Paid Search,1,source_category,equals,search
10,Paid Search,2,medium,contains, cp
20,Referral,1,medium,equals,referral
""",
    "mapping/source_categories.csv": "source,category\ngoogle,search\nyoutube,video\n",
    "mapping/click_ids.csv": "parameter,source,medium\ngclid,google,cpc\n",
    "mapping/lead_source_channels.csv": "lead_source,channel\nwebsite,Organic Search\n",
    "mapping/job_titles.csv": """\
priority,attribute,pattern,value
10,job_level,chief,c_level
10,job_function,marketing,marketing
20,job_level,manager,manager
""",
    "mapping/free_email_domains.csv": "domain\nexample.com\n",
    "mapping/disposable_email_domains.csv": "domain\nthrow.example\n",
    "mapping/shared_mailboxes.csv": "mailbox\ninfo@\noffice@example.com\n",
    "mapping/crawler_user_agents.csv": "pattern,description\nbot,Any robot\n",
}
CUSTOM = {"plan_interest"}


def write_project(root: Path, changes: dict[str, str | bytes] | None = None) -> Path:
    """Write the good criteria, with some files replaced."""
    for name, content in (GOOD | (changes or {})).items():
        path = root / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def faults_of(root: Path, changes: dict[str, str | bytes]) -> list[Problem]:
    return check_criteria(write_project(root, changes), CUSTOM)


def replaced(name: str, old: str, new: str) -> dict[str, str | bytes]:
    assert GOOD[name].count(old) == 1, (name, old)
    return {name: GOOD[name].replace(old, new)}


def test_good_criteria_have_no_fault(tmp_path: Path) -> None:
    assert check_criteria(write_project(tmp_path), CUSTOM) == []


def test_every_criteria_file_of_the_repository_is_checked_and_good() -> None:
    shipped = {path.relative_to(PROJECT_ROOT / "seeds").as_posix() for path in PROJECT_ROOT.glob("seeds/*/*.csv")}
    assert shipped == set(FILES)
    assert [str(problem) for problem in check_criteria(PROJECT_ROOT)] == []


SCORECARDS, GROUPS, FIT, ENGAGEMENT, BANDS_FILE = (name for name in FILES if name.startswith("scoring/"))
STAGES, EXCLUSIONS, STATUSES, TARGETS, STEPS, CONTENTS, NURTURE = (
    name for name in FILES if name.startswith("lifecycle/")
)
TYPES, ACTIVITY_RULES, CHANNELS = (
    "mapping/activity_types.csv",
    "mapping/activity_rules.csv",
    "mapping/channel_rules.csv",
)

# file, text to replace, new text, place of the fault, part of what is said, part of what is allowed
CELL_FAULTS = [
    # names that must exist elsewhere
    (FIT, "main,size,", "mian,size,", "line 4, column scorecard_id", "'mian' is not a scorecard", "Did you mean main?"),
    (STAGES, "main,sql,opens,1", "mein,sql,opens,1", "line 6, column scorecard_id", "'mein'", "Allowed: main, trial"),
    (BANDS_FILE, "main,fit,A,20", "other,fit,A,20", "line 2, column scorecard_id", "'other'", "Allowed: main, trial"),
    (FIT, "size,company", "size,compny", "line 4, column group_id", "'compny' is not a group of scorecard main", "Did you mean company?"),
    (FIT, "size,company", "size,web", "line 4, column group_id", "'web' is a group of dimension engagement", "Allowed: company."),
    (ENGAGEMENT, "idle,web", "idle,company", "line 5, column group_id", "'company' is a group of dimension fit", "Allowed: web."),
    (ENGAGEMENT, "inactivity,-10", "inactivty,-10", "line 5, column activity_type", "'inactivty' is not an activity type", "Did you mean inactivity?"),
    (ACTIVITY_RULES, "/pricing,pricing_page_view", "/pricing,price_view", "line 2, column activity_type", "'price_view'", "pricing_page_view"),
    (FIT, "company,employee_count", "company,employe_count", "line 4, column attribute", "'employe_count' is not a known attribute", "Did you mean employee_count?"),
    (FIT, "company,plan_interest", "company,plan", "line 8, column attribute", "'plan' is not", "raw table lead_attributes"),
    (FIT, "account_industry", "account_size", "line 9, column attribute", "'account_size'", "account_employee_count"),
    (EXCLUSIONS, "is_disposable_email", "is_disposable", "line 3, column attribute", "'is_disposable'", "Did you mean is_disposable_email?"),
    # one champion
    (SCORECARDS, "false,80", "true,80", "line 3, column is_champion", "second champion beside main on line 2", "exactly one"),
    (SCORECARDS, "use,true", "use,false", "column is_champion", "no scorecard is the champion", "exactly one"),
    (SCORECARDS, "use,true", "use,yes", "line 2, column is_champion", "'yes' is neither true nor false", "true, false"),
    # limits
    (SCORECARDS, "true,100", "true,0", "line 2, column max_score", "'0' is not above zero", "above 0"),
    (SCORECARDS, "true,100", "true,-5", "line 2, column max_score", "'-5' is not above zero", "above 0"),
    (GROUPS, "fit,-10,30", "fit,-10,-1", "line 2, column max_points", "'-1' is below zero", "0 and above"),
    (GROUPS, "fit,-10,30", "fit,31,30", "line 2, column min_points", "'31' is above max_points '30'", "30 and below"),
    (ENGAGEMENT, "20,3,30,20", "20,3,30,-20", "line 2, column max_points", "'-20' is below zero", "0 and above"),
    (ENGAGEMENT, "20,3,30,20", "20,0,30,20", "line 2, column min_count", "'0' is not a whole number of 1", "1, 2, 3"),
    (ENGAGEMENT, "20,3,30,20", "20,3,-30,20", "line 2, column window_days", "'-30'", "1, 2, 3"),
    (ENGAGEMENT, "20,3,30,20", "20,3,1.5,20", "line 2, column window_days", "'1.5'", "1, 2, 3"),
    (ENGAGEMENT, "20,3,30,20", "many,3,30,20", "line 2, column points", "'many' is not a number", "12 or -2.5"),
    (ENGAGEMENT, "20,3,30,20", "NaN,3,30,20", "line 2, column points", "'NaN' is not a number", "12 or -2.5"),
    (ENGAGEMENT, "20,3,30,20", "1e3,3,30,20", "line 2, column points", "'1e3' is not a number", "12 or -2.5"),
    (ENGAGEMENT, "20,3,30,20", "0.1234567,3,30,20", "line 2, column points", "'0.1234567' is not a number", "6 decimals"),
    (ENGAGEMENT, "20,3,30,20", ",3,30,20", "line 2, column points", "'' is empty", "required"),
    # decay
    (ENGAGEMENT, "90,6,exponential", ",6,exponential", "line 3, column window_days", "exponential decay needs a window", "days"),
    (ENGAGEMENT, "exponential,7,50", "exponential,,50", "line 3, column decay_days", "exponential decay needs it", "number"),
    (ENGAGEMENT, "linear,7,20", "linear,7,", "line 4, column decay_percent", "linear decay needs it", "number"),
    (ENGAGEMENT, "linear,7,20", "linear,7,0", "line 4, column decay_percent", "'0' is no percentage", "up to 100"),
    (ENGAGEMENT, "linear,7,20", "linear,7,101", "line 4, column decay_percent", "'101' is no percentage", "up to 100"),
    (ENGAGEMENT, "linear,7,20", "none,7,20", "line 4, column decay_days", "'7' has no effect with decay none", "linear or exponential"),
    (ENGAGEMENT, "linear,7,20", "liner,7,20", "line 4, column decay", "'liner' is not known", "Did you mean linear?"),
    # validity
    (FIT, "10,2026-01-01,,", "10,2025-12-31,,", "line 3, column valid_from", "'2025-12-31' lies within an earlier version of rule industry (line 2, valid until 2026-01-01)", "write 2025-12-31 as its valid_to"),
    (ENGAGEMENT, "50,,2026-01-01 12:00:00,", "50,,,", "line 4, column valid_from", "line 3, valid without end", "End the earlier version"),
    (STAGES, "40,,,,", "40,,,2026-02-01,", "line 3, column valid_from", "'2026-01-01' lies within an earlier version of rule score", "2026-01-01"),
    (FIT, "10,2026-01-01,,", "10,2026-01-01,2026-01-01,", "line 3, column valid_to", "is not after valid_from", "must end after"),
    (FIT, "10,2026-01-01,,", "10,01/02/2026,,", "line 3, column valid_from", "'01/02/2026' is not a date or time", "2026-07-01"),
    (FIT, "10,2026-01-01,,", "10,2026-02-30,,", "line 3, column valid_from", "'2026-02-30' is not a date or time", "2026-07-01"),
    (FIT, "10,2026-01-01,,", "10,2026-01-01 00:00:00+02:00,,", "line 3, column valid_from", "is not a date or time", "UTC"),
    # conditions
    (FIT, "between,50|500", "betwen,50|500", "line 4, column operator", "'betwen' is not known", "Did you mean between?"),
    (FIT, "between,50|500", "between,50", "line 4, column value", "'50' is not two numbers", "lo|hi"),
    (FIT, "between,50|500", "between,50|500|900", "line 4, column value", "is not two numbers", "lo|hi"),
    (FIT, "between,50|500", "between,500|50", "line 4, column value", "lower limit above its upper", "lower number first"),
    (FIT, "between,50|500", "at_least,fifty", "line 4, column value", "'fifty' is not a number", "such as 50"),
    (FIT, "between,50|500", "at_most,", "line 4, column value", "operator at_most needs a value", "compare"),
    (FIT, "between,50|500", "equals,100.0", "line 4, column value", "'100.0' is no value of employee_count", "100 or 0.5"),
    (FIT, "in,Software|Retail", "in,Software||Retail", "line 2, column value", "has an empty value", "a|b|c"),
    (FIT, "in,Software|Retail", "in,Software| Retail", "line 2, column value", "blanks beside a |", "a|b|c"),
    (FIT, "in,Software|Retail", "at_least,5", "line 2, column operator", "industry is of type varchar", "equals, in, contains"),
    (FIT, "is_present,,", "is_present,x,", "line 5, column value", "'x' has no meaning with operator is_present", "empty"),
    (FIT, "equals,c_level", "equals,c_levle", "line 6, column value", "'c_levle' is no value of job_level", "Did you mean c_level?"),
    (FIT, "is_free_email,equals,true", "is_free_email,equals,TRUE", "line 7, column value", "'TRUE' is no value of is_free_email", "lower case"),
    (EXCLUSIONS, "rival.example|", "Rival.example|", "line 2, column value", "'Rival.example' has capital letters", "rival.example"),
    (EXCLUSIONS, "other.example,competitor", "other.example,", "line 2, column reason", "'' is empty", "required"),
    # duplicate keys
    (SCORECARDS, "trial,\"Chall", "main,\"Chall", "line 3, column scorecard_id", "duplicate key: scorecard_id 'main' is also on line 2", "Remove one"),
    (GROUPS, "trial,web", "trial,company", "line 5, column group_id", "duplicate key: group_id 'company', scorecard_id 'trial' is also on line 4", "Remove one"),
    (FIT, "main,size,", "main,website,", "line 5, column rule_id", "duplicate key: rule_id 'website'", "another name or date"),
    (ENGAGEMENT, "main,idle", "main,level", "line 5, column rule_id", "is also a fit rule (seeds/scoring/fit_rules.csv, line 6)", "another name"),
    (FIT, "main,size,", "main,clamp:fit,", "line 4, column rule_id", "'clamp:fit' starts like", "clamp:"),
    (STAGES, "main,sql,opens,2", "main,sql,opens,1", "line 7, column clause", "duplicate key: clause '1'", "Remove one"),
    (STATUSES, "generic,Bad fit", "generic,MQL", "line 3, column status", "duplicate key: status 'MQL'", "Remove one"),
    (ACTIVITY_RULES, "20,message", "10,message", "line 3, column priority", "duplicate key: priority '10'", "Remove one"),
    (ACTIVITY_RULES, "event_name,like,page%view", "page_path,prefix,/Pricing", "line 4, column pattern", "already matched by line 2", "Remove one"),
    ("mapping/job_titles.csv", "20,job_level", "10,job_level", "line 4, column priority", "duplicate key", "Remove one"),
    ("mapping/source_categories.csv", "youtube", "Google", "line 3, column source", "duplicate key: source 'Google'", "Remove one"),
    # bands
    (BANDS_FILE, "main,fit,D,0", "main,fit,D,1", "column min_points", "scorecard 'main' has no fit band that reaches down to 0", "band D with min_points 0"),
    (BANDS_FILE, "trial,engagement,4,0\n", "", "column min_points", "scorecard 'trial' has no engagement band", "band 4"),
    (BANDS_FILE, "main,fit,A,20", "main,fit,E,20", "line 2, column band", "'E' is no band of dimension fit", "A, B, C, D"),
    (BANDS_FILE, "main,engagement,1,30", "main,engagement,A,30", "line 4, column band", "'A' is no band", "1, 2, 3, 4"),
    (BANDS_FILE, "main,fit,A,20", "main,fit,A,0", "line 3, column min_points", "'0' of band D is not below '0' of band A", "more points"),
    (BANDS_FILE, "main,fit,A,20", "main,fit,A,-1", "line 2, column min_points", "'-1' is below zero", "0 and above"),
    (GROUPS, "main,web,engagement", "main,web,behaviour", "line 3, column dimension", "'behaviour' is not known", "fit, engagement"),
    # stage rules
    (STAGES, "2,fit_score,", "2,fitscore,", "line 4, column metric", "'fitscore' is not a metric", "Did you mean fit_score?"),
    (STAGES, "count:pricing_page_view", "count:pricing_view", "line 5, column metric", "'count:pricing_view' counts an unknown", "Did you mean pricing_page_view?"),
    (STAGES, "count:pricing_page_view,>=", "count:pricing_page_view,>", "line 5, column operator", "'>' is not known", ">=, <="),
    (STAGES, "pricing_page_view,>=,3,30", "pricing_page_view,>=,3,0", "line 5, column window_days", "'0'", "1, 2, 3"),
    (STAGES, "pricing_page_view,>=,3,30", "pricing_page_view,>=,0,30", "line 5, column value", "'0' is no number of activities", "from 1 on"),
    (STAGES, "pricing_page_view,>=,3,30", "pricing_page_view,>=,2.5,30", "line 5, column value", "'2.5'", "whole numbers"),
    (STAGES, "2,fit_score,>=,10,,", "2,fit_score,>=,10,30,", "line 4, column window_days", "'30' has no meaning for metric fit_score", "empty"),
    (STAGES, "last_emails_opened,>=", "last_emails_opened,<=", "line 6, column operator", "'<=' has no meaning", ">="),
    (STAGES, "main,sql,opens,1", "main,sal,opens,1", "line 6, column stage", "'sal' is not known", "mql, sql"),
    (STAGES, "opens,2", "opens,x", "line 7, column clause", "'x' is not a whole number", "1, 2, 3"),
    # targets
    (TARGETS, "2026-07-01,all", "2026-07-15,all", "line 2, column month", "'2026-07-15' is not the first day of a month", "Write 2026-07-01."),
    (TARGETS, "2026-07-01,all", "2026-13-01,all", "line 2, column month", "'2026-13-01' is not a date", "2026-07-01"),
    (TARGETS, "2026-07-01,all", "2026-07,all", "line 2, column month", "'2026-07' is not a date", "first day of the month"),
    (TARGETS, "2026-07-01,all", ",all", "line 2, column month", "'' is empty", "required"),
    (TARGETS, "01,Paid Search", "01,Paid search", "line 3, column channel", "'Paid search' is not a channel", "Did you mean Paid Search? Allowed: all, Unassigned, and the channels in seeds/mapping/channel_rules.csv and seeds/mapping/lead_source_channels.csv."),
    (TARGETS, "01,Organic Search", "01,Radio", "line 4, column channel", "'Radio' is not a channel", "Allowed: all"),
    (TARGETS, "Search,sql", "Search,sqls", "line 3, column stage", "'sqls' is not known", "Did you mean sql?"),
    (TARGETS, "Search,customer", "Search,repeat_customer", "line 4, column stage", "'repeat_customer' is not known", "customer"),
    (TARGETS, "mql,90", "mql,-1", "line 2, column target", "'-1' is not a whole number of 0 or more", "0, 1, 2"),
    (TARGETS, "mql,90", "mql,9.5", "line 2, column target", "'9.5' is not a whole number", "0, 1, 2"),
    (TARGETS, "01,Unassigned,lead", "01,Organic Search,customer", "line 5, column month", "duplicate key: month '2026-08-01', channel 'Organic Search', stage 'customer' is also on line 4", "Remove one"),
    # what to do next
    (STEPS, "10,sql,", "10,sqls,", "line 2, column stage", "'sqls' is not known", "Did you mean sql?"),
    (STEPS, "10,sql,", "10,lead,", "line 2, column stage", "'lead' is not known", "Empty means any."),
    (STEPS, "sql,opens", "sql,open", "line 2, column rule_id", "'open' is not a rule of stage sql", "Did you mean opens?"),
    (STEPS, "sql,opens", "sql,pricing", "line 2, column rule_id", "'pricing' is not a rule of stage sql", "Allowed: opens"),
    (STEPS, ",score,intent", ",scores,intent", "line 4, column rule_id", "'scores' is not a stage rule", "Did you mean score?"),
    (STEPS, "pricing_page_view", "pricing_view", "line 3, column activity_type", "'pricing_view' is neither an activity type nor an intent", "Did you mean pricing_page_view?"),
    (STEPS, "intent:commercial", "intent:buying", "line 4, column activity_type", "'intent:buying' is neither", "intent:commercial"),
    (STEPS, "opens,,,", "opens,,30,", "line 2, column window_days", "'30' has no meaning without an activity_type", "empty"),
    (STEPS, "view,30", "view,0", "line 3, column window_days", "'0' is not a whole number", "1, 2, 3"),
    (STEPS, ",,,,Call\n", ",,,,\n", "line 5, column next_step", "'' is empty", "required"),
    (STEPS, "40,", "30,", "line 5, column priority", "duplicate key: priority '30'", "Remove one"),
    (CONTENTS, "prices,pricing_page_view", "prices,price_view", "line 2, column activity_type", "'price_view' is not an activity type", "pricing_page_view"),
    (CONTENTS, "contains,faq", ",faq", "line 3, column match", "'' is empty, but pattern is not", "neither for any content"),
    (CONTENTS, "contains,faq", "contains,", "line 3, column pattern", "'' is empty, but match is not", "neither for any content"),
    (CONTENTS, "contains,faq", "has,faq", "line 3, column match", "'has' is not known", "contains"),
    (CONTENTS, "faq,page_view,contains,faq", "prices,pricing_page_view,,", "line 3, column content_type", "duplicate key: content_type 'prices'", "Remove one"),
    (NURTURE, "10,mql", "10,sal", "line 2, column stage", "'sal' is not known", "Allowed: lead, mql, recycled"),
    (NURTURE, "mql,page_view", "mql,pageview", "line 2, column seen_activity_type", "'pageview' is neither an activity type", "Did you mean page_view?"),
    (NURTURE, "intent:commercial", "intent:comercial", "line 2, column not_seen_activity_type", "'intent:comercial' is neither", "Did you mean intent:commercial?"),
    (NURTURE, "page_view,intent:commercial", "page_view,page_view", "line 2, column not_seen_activity_type", "the rule never fits", "Empty one"),
    (NURTURE, "commercial,3", "commercial,three", "line 2, column last_emails_opened", "'three' is not a whole number", "1, 2, 3"),
    (NURTURE, ",prices,", ",price,", "line 2, column next_content_type", "'price' is not a content type", "Did you mean prices?"),
    (NURTURE, "20,,", "10,,", "line 3, column priority", "duplicate key: priority '10'", "Remove one"),
    # mappings
    (STATUSES, "disqualified,bad", "disqualifed,bad", "line 3, column stage", "'disqualifed' is not known", "Did you mean disqualified?"),
    (TYPES, "inactivity,web", "inactivity,site", "line 4, column category", "'site' is not known", "web, content"),
    (TYPES, "web,commercial", "web,buying", "line 3, column intent", "'buying' is not known", "commercial"),
    (TYPES, "none,false", "none,0", "line 4, column is_inbound", "'0' is neither", "true, false"),
    (ACTIVITY_RULES, "page_path,prefix", "page_path,matches", "line 2, column match", "'matches' is not known", "equals, prefix"),
    (ACTIVITY_RULES, "web_events,page_path", "web_visits,page_path", "line 2, column entity", "'web_visits' is not known", "Did you mean web_events?"),
    (ACTIVITY_RULES, "web_events,page_path", "web_events,page", "line 2, column field", "'page' is no field of web_events", "page_path"),
    (ACTIVITY_RULES, "message_events,channel_event", "message_events,event_type", "line 3, column field", "no field of message_events", "channel_event"),
    (ACTIVITY_RULES, "page%view,page_view", "page%view,inactivity", "line 4, column activity_type", "'inactivity' is derived", "another type"),
    (ACTIVITY_RULES, "prefix,/pricing,", "prefix,,", "line 2, column pattern", "'' is empty", "required"),
    (CHANNELS, "2,medium", "2,utm_medium", "line 3, column field", "'utm_medium' is not known", "Did you mean medium?"),
    (CHANNELS, "equals,search", "equals,seach", "line 2, column pattern", "'seach' is not a source category", "Did you mean search?"),
    (CHANNELS, "20,Referral", "10,Referral", "line 4, column channel", "'Referral' shares priority 10 with Paid Search on line 2", "priority of its own"),
    ("mapping/source_categories.csv", "youtube,video", "youtube,film", "line 3, column category", "'film' is not known", "video"),
    ("mapping/job_titles.csv", "10,job_function", "10,function", "line 3, column attribute", "'function' is not known", "job_function"),
    ("mapping/free_email_domains.csv", "example.com", "@example.com", "line 2, column domain", "'@example.com' is not a domain", "example.com"),
    ("mapping/shared_mailboxes.csv", "info@", "info", "line 2, column mailbox", "'info' is not a mailbox", "info@"),
    ("mapping/crawler_user_agents.csv", "bot,", ",", "line 2, column pattern", "'' is empty", "required"),
    # text that would match nothing, or be read as something else
    (STATUSES, "generic,mql,mql", "generic, mql,mql", "line 2, column status", "' mql' begins or ends with a blank", "Write 'mql'"),
    (FIT, "in,Software,10", "in,Software ,10", "line 3, column value", "'Software ' begins or ends with a blank", "Write 'Software'"),
    (GROUPS, "trial,company,fit,,", "trial,company,fit,null,", "line 4, column min_points", "'null' is a word here", "empty"),
    (SCORECARDS, "The criteria in use", "NULL", "line 2, column description", "'NULL' is a word here", "empty"),
    # shape
    (STATUSES, "generic,mql,mql,\n", "generic,mql,mql,,oops\n", "line 2", "the row has 5 cells where the header has 4; the first extra cell is 'oops'", "double quotes"),
    (STATUSES, "generic,mql,mql,\n", "generic,mql,mql\n", "line 2", "the row has 3 cells where the header has 4", "from reason on"),
    (STATUSES, "generic,mql,mql,\n", "generic,mql,mql,\n\n", "line 3", "the line is empty", "Delete"),
    (STATUSES, "generic,mql,mql,\n", "generic,mql,mql,\n,,,\n", "line 3", "the row is empty", "Delete"),
    (STATUSES, "system,status,stage", "system,status,stages", "line 1, column stages", "'stages' is not a column of this file", "Did you mean stage?"),
    (STATUSES, "system,status,stage", "system,status,status", "line 1, column status", "is there twice", "Remove one"),
    (FIT, ",valid_to,", ",valid_until,", "line 1, column valid_until", "'valid_until' is not a column", "valid_to"),
    (STATUSES, "generic,mql,mql", 'generic,"mql,mql', "line 2", "a double quote is opened and not closed", "Close the quote"),
    (STATUSES, "generic,mql,mql,\n", "generic,mql,mql,\r\n", "line 2", "the line does not end as the lines before", "same line ends"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "place", "what", "mend"),
    CELL_FAULTS,
    ids=[f"{case[0].split('/')[1].removesuffix('.csv')}: {case[4][:40]}" for case in CELL_FAULTS],
)
def test_fault_is_found(tmp_path: Path, name: str, old: str, new: str, place: str, what: str, mend: str) -> None:
    problems = faults_of(tmp_path, replaced(name, old, new))
    assert problems, "the fault was not found"
    first = problems[0]
    assert first.where == f"seeds/{name}, {place}", str(first)
    assert what in first.what and mend in first.mend, str(first)


def test_missing_column_names_the_file_and_what_it_must_have(tmp_path: Path) -> None:
    (problem,) = faults_of(tmp_path, {"mapping/click_ids.csv": "parameter,source\ngclid,google\n"})
    assert problem.where == "seeds/mapping/click_ids.csv, line 1, column medium"
    assert problem.what == "column 'medium' is missing"
    assert problem.mend == "The columns are parameter, source, medium."


def test_a_file_that_is_not_there_is_one_problem_and_not_hundreds(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    (root / "seeds" / TYPES).unlink()
    problems = check_criteria(root, CUSTOM)
    assert [problem.where for problem in problems] == [f"seeds/{TYPES}"]
    assert "missing" in problems[0].what and "activity_type, category" in problems[0].mend


def test_empty_file(tmp_path: Path) -> None:
    problems = faults_of(tmp_path, {STATUSES: ""})
    assert [(p.where, p.what) for p in problems] == [(f"seeds/{STATUSES}", "the file is empty")]


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_get_a_clear_error(tmp_path: Path, separator: str, word: str) -> None:
    problems = faults_of(tmp_path, {STATUSES: GOOD[STATUSES].replace(",", separator)})
    assert [(p.where, p.what) for p in problems] == [(f"seeds/{STATUSES}, line 1", f"the file is separated by {word}")]


def test_latin_1_names_the_line_and_the_byte(tmp_path: Path) -> None:
    content = (GOOD[STATUSES] + "generic,Gespräch,sal,\n").encode("latin-1")
    problems = faults_of(tmp_path, {STATUSES: content})
    assert [(p.where, p.what) for p in problems] == [(f"seeds/{STATUSES}, line 4", "byte 0xe4 is not UTF-8 text")]


def test_line_numbers_are_those_of_the_file_though_quoted_cells_span_lines(tmp_path: Path) -> None:
    rows = (
        'system,status,stage,reason\ngeneric,a,lead,"two\nlines"\ngeneric,b,leed,"three\n\nlines"\ngeneric,c,leeed,\n'
    )
    problems = faults_of(tmp_path, {STATUSES: rows})
    assert [problem.where for problem in problems] == [
        f"seeds/{STATUSES}, line 4, column stage",
        f"seeds/{STATUSES}, line 7, column stage",
    ]


def test_every_fault_of_a_run_is_reported_in_the_order_of_the_files(tmp_path: Path) -> None:
    changes = (
        replaced(SCORECARDS, "true,100", "true,-5")
        | replaced(STATUSES, "mql,mql", "mql,mqx")
        | replaced(FIT, "between,50|500", "between,5|x")
    )
    assert [problem.where for problem in faults_of(tmp_path, changes)] == [
        f"seeds/{SCORECARDS}, line 2, column max_score",
        f"seeds/{FIT}, line 4, column value",
        f"seeds/{STATUSES}, line 2, column stage",
    ]


def _spreadsheet(text: str, end: str, quoting: int) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting).writerows(csv.reader(io.StringIO(text, newline="")))
    return out.getvalue()


@pytest.mark.parametrize(
    "save",
    [
        lambda text: ("\ufeff" + _spreadsheet(text, "\r\n", csv.QUOTE_MINIMAL)).encode(),
        lambda text: ("\ufeff" + _spreadsheet(text, "\r\n", csv.QUOTE_ALL)).encode(),
        lambda text: _spreadsheet(text, "\n", csv.QUOTE_ALL).rstrip("\n").encode(),
        lambda text: _spreadsheet(text, "\r\n", csv.QUOTE_MINIMAL).replace(",false,80", ",FALSE,80").encode(),
    ],
    ids=["bom and crlf", "bom, crlf, all quoted", "no last line end", "capital booleans"],
)
def test_spreadsheet_round_trips_do_no_harm(tmp_path: Path, save: Callable[[str], bytes]) -> None:
    assert faults_of(tmp_path, {name: save(text) for name, text in GOOD.items()}) == []


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    assert faults_of(tmp_path, {"mapping/click_ids.csv": "medium,source,parameter\ncpc,google,gclid\n"}) == []


def test_attributes_come_from_the_data_or_from_the_project_file(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    assert [problem.where for problem in check_criteria(root)] == [f"seeds/{FIT}, line 8, column attribute"]
    assert [problem.where for problem in check_criteria(root, set())] == [f"seeds/{FIT}, line 8, column attribute"]
    for variables in ("vars: {custom_attributes: [plan_interest]}", "vars: {x: {custom_attributes: [plan_interest]}}"):
        (root / "dbt_project.yml").write_text(f"name: x\n{variables}\n")
        assert check_criteria(root) == []


def test_the_history_of_a_column_keeps_the_columns_type(tmp_path: Path) -> None:
    root = write_project(tmp_path, replaced(FIT, "between,50|500", "equals,fifty"))
    (problem,) = check_criteria(root, {"plan_interest", "employee_count"})
    assert problem.where == f"seeds/{FIT}, line 4, column value"


def test_a_stage_rule_version_ends_where_the_next_begins(tmp_path: Path) -> None:
    versions = (
        "main,mql,score,1,score,>=,40,,,2025-01-01,Why\n"
        "main,mql,score,1,score,>=,45,,2025-01-01,2025-06-01,Why\n"
        "main,mql,score,1,score,>=,50,,2025-06-01,,Why\n"
        "main,mql,score,1,score,>=,55,,2026-01-01 00:00:00,,Why\n"
    )
    header = GOOD[STAGES].splitlines(keepends=True)[0]
    # No other rule is left that a next step could name.
    steps = {STEPS: GOOD[STEPS].splitlines(keepends=True)[0]}
    assert faults_of(tmp_path, {STAGES: header + versions, **steps}) == []
    gap = versions.replace("45,,2025-01-01,", "45,,2025-02-01,")
    assert faults_of(tmp_path, {STAGES: header + gap, **steps}) == []
    overlap = versions.replace("45,,2025-01-01,2025-06-01", "45,,2025-01-01,2025-06-02")
    assert [p.where for p in faults_of(tmp_path, {STAGES: header + overlap, **steps})] == [
        f"seeds/{STAGES}, line 4, column valid_from"
    ]


def test_an_overlap_with_a_version_that_is_not_the_one_before_is_found(tmp_path: Path) -> None:
    header = GOOD[FIT].splitlines(keepends=True)[0]
    rows = (
        "main,size,company,employee_count,at_least,5,1,2025-01-01,2026-01-01,Why\n"
        "main,size,company,employee_count,at_least,6,1,2025-02-01,2025-03-01,Why\n"
        "main,size,company,employee_count,at_least,7,1,2025-06-01,2025-07-01,Why\n"
        "main,size,company,employee_count,at_least,8,1,2026-01-01,,Why\n"
    )
    assert [p.where for p in faults_of(tmp_path, {FIT: header + rows})] == [
        f"seeds/{FIT}, line 3, column valid_from",
        f"seeds/{FIT}, line 4, column valid_from",
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(GOOD)),
    position=st.integers(0, 10_000),
    junk=st.one_of(
        st.binary(min_size=1, max_size=6), st.sampled_from([b'"', b",", b"\n", b"\r\n", b";", b"\x00", b"=1+1"])
    ),
    is_insert=st.booleans(),
)
def test_no_damage_to_a_file_makes_the_check_itself_fail(
    tmp_path: Path, name: str, position: int, junk: bytes, is_insert: bool
) -> None:
    """Whatever a byte becomes, the answer is a list of problems in files of this project, never a traceback."""
    content = GOOD[name].encode()
    at = position % (len(content) + 1)
    damaged = content[:at] + junk + content[at if is_insert else at + len(junk) :]
    for problem in faults_of(tmp_path, {name: damaged}):
        assert problem.where.startswith("seeds/") and problem.what and problem.mend
    write_project(tmp_path)
