-- A curve begins on day 0, never falls, has one last day, and who left it before a day is not at risk on it any more.
with

followed as (

    select
        curves.*,
        row_number() over (
            partition by segment_type, segment, cohort, from_stage, to_stage
            order by days_since
        ) as day_number,
        lag(count_at_risk - count_converted - count_censored) over (
            partition by segment_type, segment, cohort, from_stage, to_stage
            order by days_since
        ) as count_left,
        lag(converted_share) over (
            partition by segment_type, segment, cohort, from_stage, to_stage
            order by days_since
        ) as share_before,
        lead(days_since) over (
            partition by segment_type, segment, cohort, from_stage, to_stage
            order by days_since
        ) as next_day
    from {{ ref('conversion_curves') }} as curves

)

select *
from followed
where
    (day_number = 1) <> (days_since = 0)
    or (day_number > 1 and coalesce(count_left <> count_at_risk, true))
    or (day_number > 1 and coalesce(share_before > converted_share, true))
    or (share_before < converted_share and count_converted = 0)
    or is_last <> (next_day is null)
