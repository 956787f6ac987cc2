{{ config(materialized='incremental', incremental_strategy='replace_changed', meta={'recomputed_by': 'lead'}) }}

-- When a recycled lead did something new that is worth points on the champion scorecard.
with

recycled as (

    select distinct
        series.series_number,
        series.lead_id
    from {{ ref('cycle_recycles') }} as recycles
    inner join {{ ref('score_series') }} as series on recycles.lead_id = series.lead_id
    inner join {{ ref('scorecards') }} as scorecards
        on
            series.scorecard_id = scorecards.scorecard_id
            and scorecards.is_champion

),

granted as (

    select
        recycled.lead_id,
        entries.rule_version_number,
        entries.activity_number,
        entries.entered_at,
        sum(entries.points_change) as points_then,
        max(case when entries.step_kind = 'granted' then 1 else 0 end) as is_grant
    from {{ ref('engagement_entries') }} as entries
    inner join recycled on entries.series_number = recycled.series_number
    group by recycled.lead_id, entries.rule_version_number, entries.activity_number, entries.entered_at

)

select distinct
    lead_id,
    entered_at as moment
from granted
where is_grant = 1 and points_then > 0
