-- The committee's scores together: whoever fits best decides whether the account is worth it, and interest adds up.
with

ranked as (

    select
        members.*,
        row_number() over (
            partition by source_system, account_source_id, scorecard_id
            order by score desc, fit_score desc, lead_id asc
        ) as score_rank
    from {{ ref('committee_members') }} as members

),

summed as (

    select
        source_system,
        account_source_id,
        scorecard_id,
        max(case when score_rank = 1 then lead_id end) as best_lead_id,
        max(score) as best_score,
        max(fit_score) as best_fit_score,
        sum(engagement_score) as engagement_score,
        count(*) as count_members,
        sum(case when is_engaged then 1 else 0 end) as count_engaged
    from ranked
    group by source_system, account_source_id, scorecard_id

),

banded as (

    select
        summed.source_system,
        summed.account_source_id,
        summed.scorecard_id,
        bands.dimension,
        bands.band,
        row_number() over (
            partition by summed.source_system, summed.account_source_id, summed.scorecard_id, bands.dimension
            order by bands.min_points desc, bands.band asc
        ) as band_rank
    from summed
    inner join {{ ref('score_bands') }} as bands
        on
            summed.scorecard_id = bands.scorecard_id
            and case bands.dimension when 'fit' then summed.best_fit_score else summed.engagement_score end
            >= bands.min_points

)

select
    summed.source_system,
    summed.account_source_id,
    summed.scorecard_id,
    summed.best_lead_id,
    coalesce(max(case when banded.dimension = 'fit' then banded.band end), '')
    || coalesce(max(case when banded.dimension = 'engagement' then banded.band end), '') as grade,
    summed.best_score,
    summed.best_fit_score,
    summed.engagement_score,
    summed.count_members,
    summed.count_engaged
from summed
left join banded
    on
        summed.source_system = banded.source_system
        and summed.account_source_id = banded.account_source_id
        and summed.scorecard_id = banded.scorecard_id
        and banded.band_rank = 1
group by
    summed.source_system, summed.account_source_id, summed.scorecard_id, summed.best_lead_id, summed.best_score,
    summed.best_fit_score, summed.engagement_score, summed.count_members, summed.count_engaged
