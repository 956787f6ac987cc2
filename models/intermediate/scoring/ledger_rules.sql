{{ config(materialized='view') }}

-- What the entries of the ledger can be of, with a number that its long sums go by.
with

rules as (

    select
        scorecard_id,
        rule_id,
        group_id
    from {{ ref('engagement_rules') }}
    union all
    select distinct
        scorecard_id,
        rule_id,
        group_id
    from {{ ref('fit_rules') }}
    union all
    select
        scorecard_id,
        'adjustment:' || group_id as rule_id,
        group_id
    from {{ ref('score_groups') }}

)

select
    row_number() over (order by scorecard_id, rule_id, group_id) as rule_number,
    scorecard_id,
    rule_id,
    group_id,
    -- The versions of a fit rule are one in fit_changes.
    count(*) as count_versions
from rules
group by scorecard_id, rule_id, group_id
