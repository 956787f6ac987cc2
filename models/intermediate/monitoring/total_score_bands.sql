{{ config(materialized='view') }}

-- Tenths of the highest score. The bands of fit and engagement that make a grade are others.
with

limits as (

    select
        scorecards.scorecard_id,
        scorecards.max_score,
        numbers.step_number as band_number,
        cast(scorecards.max_score * numbers.step_number / 10 as decimal(18, 6)) as min_score,
        cast(scorecards.max_score * (numbers.step_number + 1) / 10 as decimal(18, 6)) as next_min_score
    from {{ ref('scorecards') }} as scorecards
    cross join {{ ref('step_numbers') }} as numbers
    where numbers.step_number < 10

),

-- Whole limits read 0-9, 10-19; the last band has the highest score too. Others name the next band's limit.
ends as (

    select
        limits.*,
        case
            when band_number = 9 then max_score
            when min_score = floor(min_score) and next_min_score = floor(next_min_score) then next_min_score - 1
            else next_min_score
        end as shown_end
    from limits

)

select
    scorecard_id,
    band_number,
    {{ plain_number('min_score') }} || '-' || {{ plain_number('shown_end') }} as score_band,
    max_score,
    min_score
from ends
